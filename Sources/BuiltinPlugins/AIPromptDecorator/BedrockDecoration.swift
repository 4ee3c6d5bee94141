// SPDX-License-Identifier: Apache-2.0

import LLM

/// Bedrock's Converse: instructions stand apart, in `system`, and turns of user and assistant must alternate. So what
/// would be a second turn of one side goes into the turn beside it.
struct BedrockDecoration: Decoration {
  /// Messages of one side, one behind the other.
  private struct Turn: Sendable {
    let role: String
    var blocks: [JSONText]

    var message: JSONText {
      JSONText {
        $0.object {
          $0.member("role", role)
          $0.member("content", JSONText.array(blocks))
        }
      }
    }
  }

  private let system: Insertion
  private let front: [Turn]
  private let back: [Turn]

  init(_ prepend: [DecoratorConfig.Message], _ append: [DecoratorConfig.Message]) {
    system = Insertion(
      front: prepend.texts(.system, write: Self.block),
      back: append.texts(.system, write: Self.block))
    front = Self.turns(prepend)
    back = Self.turns(append)
  }

  func splices(for body: RawSpan, path: String) throws(RequestProblem) -> [Splice] {
    guard path.hasSuffix("/converse") || path.hasSuffix("/converse-stream") else { throw .noChat }
    let places = try BodyPlaces(["messages", "system"], in: body)
    guard let list = places["messages"], list.kind == .array, !list.isEmpty(in: body) else {
      throw .noChat
    }
    return try Splice.merged(instructions(places, body), turns(list, body))
  }

  private func instructions(
    _ places: BodyPlaces, _ body: RawSpan
  ) throws(RequestProblem) -> [Splice] {
    if system.isEmpty { return [] }
    guard let given = places["system"] else {
      return [.member("system", system.array, at: places.start)]
    }
    guard given.kind == .array else { throw .noChat }
    return system.splices(into: given, in: body)
  }

  private func turns(_ list: JSONNode, _ body: RawSpan) throws(RequestProblem) -> [Splice] {
    if front.isEmpty, back.isEmpty { return [] }
    guard let messages = try? list.mapElements(in: body, { $0 }), let first = messages.first,
      let last = messages.last
    else { throw .noChat }
    var (front, back) = (front, back)
    var blocks = (first: [JSONText](), last: [JSONText]())
    if let turn = front.last, first.isTurn(of: turn.role, in: body) {
      front.removeLast()
      blocks.first = turn.blocks
    }
    if let turn = back.first, last.isTurn(of: turn.role, in: body) {
      back.removeFirst()
      blocks.last = turn.blocks
    }
    let around = Insertion(front: front.map(\.message), back: back.map(\.message))
    let inside =
      first.start == last.start
      ? try Self.add(Insertion(front: blocks.first, back: blocks.last), to: first, body)
      : try Self.add(Insertion(front: blocks.first), to: first, body)
        + Self.add(Insertion(front: [], back: blocks.last), to: last, body)
    return Splice.merged(around.splices(into: list, in: body), inside)
  }

  private static func add(
    _ blocks: Insertion, to message: JSONNode, _ body: RawSpan
  ) throws(RequestProblem) -> [Splice] {
    if blocks.isEmpty { return [] }
    guard let content = try? message.member("content", in: body), content.kind == .array else {
      throw .noChat
    }
    return blocks.splices(into: content, in: body)
  }

  private static func block(_ message: DecoratorConfig.Message) -> JSONText {
    JSONText { $0.object { $0.member("text", message.content) } }
  }

  private static func turns(_ messages: [DecoratorConfig.Message]) -> [Turn] {
    var turns: [Turn] = []
    for message in messages where message.role != .system {
      if turns.last?.role == message.role.rawValue {
        turns[turns.count - 1].blocks.append(block(message))
      } else {
        turns.append(Turn(role: message.role.rawValue, blocks: [block(message)]))
      }
    }
    return turns
  }
}

extension JSONNode {
  fileprivate func isTurn(of role: String, in body: RawSpan) -> Bool {
    (try? member("role", in: body))?.isString(equalTo: role, in: body) == true
  }
}
