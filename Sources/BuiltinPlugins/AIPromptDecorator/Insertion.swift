// SPDX-License-Identifier: Apache-2.0

import LLM

/// Elements that go in front of those of an array, and behind them.
struct Insertion: Sendable {
  /// Each with a comma behind it.
  private let front: [UInt8]
  /// Each with a comma in front of it.
  private let back: [UInt8]
  private let elements: (front: [JSONText], back: [JSONText])

  init(front: [JSONText], back: [JSONText] = []) {
    elements = (front, back)
    self.front = front.flatMap { $0.bytes + [UInt8(ascii: ",")] }
    self.back = back.flatMap { [UInt8(ascii: ",")] + $0.bytes }
  }

  var isEmpty: Bool { front.isEmpty && back.isEmpty }

  /// All of them in an array of their own.
  var array: JSONText { .array(elements.front + elements.back) }

  /// Into an array.
  func splices(into array: JSONNode, in body: RawSpan) -> [Splice] {
    if array.isEmpty(in: body) {
      let all = self.array.bytes.dropFirst().dropLast()
      return all.isEmpty ? [] : [Splice(offset: array.start + 1, insert: Array(all))]
    }
    return [
      Splice(offset: array.start + 1, insert: front), Splice(offset: array.end - 1, insert: back),
    ].filter { !$0.insert.isEmpty }
  }

  /// Around a value that stands without an array, which it gets now, and which is put between `open` and `close`.
  func splices(around value: JSONNode, _ open: String = "", _ close: String = "") -> [Splice] {
    [
      Splice(offset: value.start, insert: [UInt8(ascii: "[")] + front + Array(open.utf8)),
      Splice(offset: value.end, insert: Array(close.utf8) + back + [UInt8(ascii: "]")]),
    ]
  }
}

extension Splice {
  /// A member that was missing, in front of all others. The object must have some.
  static func member(_ name: String, _ value: JSONText, at start: Int) -> Splice {
    Splice(
      offset: start,
      insert: JSONText.string(name).bytes + [UInt8(ascii: ":")] + value.bytes
        + [UInt8(ascii: ",")])
  }
}

extension [DecoratorConfig.Message] {
  /// The messages of some roles, each as a JSON value.
  func texts(
    _ roles: DecoratorConfig.Message.Role..., write: (DecoratorConfig.Message) -> JSONText
  ) -> [JSONText] {
    filter { roles.contains($0.role) }.map(write)
  }
}
