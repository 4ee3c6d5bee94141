// SPDX-License-Identifier: Apache-2.0

import LLM

/// Gemini's contents: instructions stand apart, in `systemInstruction`; the model is called `model`. Google takes each name
/// in two spellings, and one element without its array.
struct GeminiDecoration: Decoration {
  private let instructions: Insertion
  private let contents: Insertion

  init(_ prepend: [DecoratorConfig.Message], _ append: [DecoratorConfig.Message]) {
    instructions = Insertion(
      front: prepend.texts(.system, write: Self.part),
      back: append.texts(.system, write: Self.part))
    contents = Insertion(
      front: prepend.texts(.user, .assistant, write: Self.content),
      back: append.texts(.user, .assistant, write: Self.content))
  }

  func splices(for body: RawSpan, path: String) throws(RequestProblem) -> [Splice] {
    let places = try BodyPlaces(
      ["contents", "systemInstruction", "system_instruction"], in: body)
    guard let list = places["contents"], !list.isEmpty(in: body) else { throw .noChat }
    let said: [Splice] =
      switch list.kind {
      case .array: contents.splices(into: list, in: body)
      case _ where contents.isEmpty: []
      case .object: contents.splices(around: list)
      case .string: contents.splices(around: list, #"{"role":"user","parts":[{"text":"#, "}]}")
      case .null, .false, .true, .number: throw .noChat
      }
    return try Splice.merged(instructed(places, body), said)
  }

  private func instructed(
    _ places: BodyPlaces, _ body: RawSpan
  ) throws(RequestProblem) -> [Splice] {
    if instructions.isEmpty { return [] }
    guard let given = places["systemInstruction"] ?? places["system_instruction"] else {
      let content = JSONText {
        $0.object { $0.member("parts", instructions.array) }
      }
      return [.member("systemInstruction", content, at: places.start)]
    }
    guard given.kind == .object, let parts = try? given.member("parts", in: body) else {
      throw .noChat
    }
    switch parts.kind {
    case .array: return instructions.splices(into: parts, in: body)
    case .object: return instructions.splices(around: parts)
    case .null, .false, .true, .number, .string: throw .noChat
    }
  }

  private static func part(_ message: DecoratorConfig.Message) -> JSONText {
    JSONText { $0.object { $0.member("text", message.content) } }
  }

  private static func content(_ message: DecoratorConfig.Message) -> JSONText {
    JSONText {
      $0.object {
        $0.member("role", message.role == .assistant ? "model" : "user")
        $0.key("parts")
        $0.array { $0.text(part(message)) }
      }
    }
  }
}
