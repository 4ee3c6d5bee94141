// SPDX-License-Identifier: Apache-2.0

import LLM

/// Anthropic's Messages: instructions stand apart, in `system`, a text or blocks.
struct AnthropicDecoration: Decoration {
  private let system: Insertion
  private let messages: Insertion

  init(_ prepend: [DecoratorConfig.Message], _ append: [DecoratorConfig.Message]) {
    system = Insertion(
      front: prepend.texts(.system, write: Self.block),
      back: append.texts(.system, write: Self.block))
    messages = Insertion(
      front: prepend.texts(.user, .assistant, write: OpenAIDecoration.message),
      back: append.texts(.user, .assistant, write: OpenAIDecoration.message))
  }

  func splices(for body: RawSpan, path: String) throws(RequestProblem) -> [Splice] {
    let places = try BodyPlaces(["messages", "system"], in: body)
    guard let list = places["messages"], list.kind == .array, !list.isEmpty(in: body) else {
      throw .noChat
    }
    return try Splice.merged(
      instructions(places, body), messages.splices(into: list, in: body))
  }

  private func instructions(
    _ places: BodyPlaces, _ body: RawSpan
  ) throws(RequestProblem) -> [Splice] {
    if system.isEmpty { return [] }
    guard let given = places["system"] else {
      return [.member("system", system.array, at: places.start)]
    }
    switch given.kind {
    case .array: return system.splices(into: given, in: body)
    case .string: return system.splices(around: given, #"{"type":"text","text":"#, "}")
    case .null, .false, .true, .number, .object: throw .noChat
    }
  }

  private static func block(_ message: DecoratorConfig.Message) -> JSONText {
    JSONText {
      $0.object {
        $0.member("type", "text")
        $0.member("text", message.content)
      }
    }
  }
}
