// SPDX-License-Identifier: Apache-2.0

import LLM

/// Cohere's chat. Version 2 has OpenAI's list. Version 1 has the user's last message, what went before it, and a
/// preamble: there the first instructions go into the preamble, and behind the conversation only the user can speak.
struct CohereDecoration: Decoration {
  private let list: OpenAIDecoration
  private let preamble: TextInsertion
  private let history: Insertion
  /// Nil: version 1 has no place for what is to be appended.
  private let message: TextInsertion?

  init(_ prepend: [DecoratorConfig.Message], _ append: [DecoratorConfig.Message]) {
    list = OpenAIDecoration(prepend, append)
    let lead = prepend.prefix { $0.role == .system }
    preamble = TextInsertion(front: lead.map(\.content), back: [])
    history = Insertion(front: prepend[lead.count...].map(Self.entry))
    message =
      append.allSatisfy { $0.role == .user }
      ? TextInsertion(front: [], back: append.map(\.content)) : nil
  }

  func splices(for body: RawSpan, path: String) throws(RequestProblem) -> [Splice] {
    let places = try BodyPlaces(["messages", "message", "preamble", "chat_history"], in: body)
    guard let said = places["message"], places["messages"] == nil else {
      return try list.splices(for: body, places["messages"])
    }
    guard said.kind == .string else { throw .noChat }
    guard let message else {
      throw RequestProblem(
        message: "version 1 of Cohere's API has no place for a message of this role at the end")
    }
    let begun = try Splice.merged(instructions(places), before(places, body))
    return Splice.merged(begun, message.splices(into: said))
  }

  private func instructions(_ places: BodyPlaces) throws(RequestProblem) -> [Splice] {
    if preamble.isEmpty { return [] }
    guard let given = places["preamble"] else {
      return [.member("preamble", preamble.text, at: places.start)]
    }
    guard given.kind == .string else { throw .noChat }
    return preamble.splices(into: given)
  }

  private func before(_ places: BodyPlaces, _ body: RawSpan) throws(RequestProblem) -> [Splice] {
    if history.isEmpty { return [] }
    guard let given = places["chat_history"] else {
      return [.member("chat_history", history.array, at: places.start)]
    }
    guard given.kind == .array else { throw .noChat }
    return history.splices(into: given, in: body)
  }

  private static func entry(_ message: DecoratorConfig.Message) -> JSONText {
    JSONText {
      $0.object {
        switch message.role {
        case .system: $0.member("role", "SYSTEM")
        case .user: $0.member("role", "USER")
        case .assistant: $0.member("role", "CHATBOT")
        }
        $0.member("message", message.content)
      }
    }
  }
}
