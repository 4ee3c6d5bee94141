// SPDX-License-Identifier: Apache-2.0

import LLM

/// Messages of all roles in one list, as OpenAI's API has them, and those that follow it.
struct OpenAIDecoration: Decoration {
  private let messages: Insertion

  init(_ prepend: [DecoratorConfig.Message], _ append: [DecoratorConfig.Message]) {
    messages = Insertion(front: prepend.map(Self.message), back: append.map(Self.message))
  }

  func splices(for body: RawSpan, path: String) throws(RequestProblem) -> [Splice] {
    try splices(for: body, BodyPlaces(["messages"], in: body)["messages"])
  }

  /// - Parameter list: The place of the messages.
  func splices(for body: RawSpan, _ list: JSONNode?) throws(RequestProblem) -> [Splice] {
    guard let list, list.kind == .array, !list.isEmpty(in: body) else { throw .noChat }
    return messages.splices(into: list, in: body)
  }

  static func message(_ message: DecoratorConfig.Message) -> JSONText {
    JSONText {
      $0.object {
        $0.member("role", message.role.rawValue)
        $0.member("content", message.content)
      }
    }
  }
}
