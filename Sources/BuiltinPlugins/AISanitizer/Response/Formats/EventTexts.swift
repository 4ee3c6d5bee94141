// SPDX-License-Identifier: Apache-2.0

import LLM

/// What an event of a streamed answer says.
struct EventTexts {
  /// More of a text that goes through a lane.
  struct Part {
    var lane: String
    var isJSON: Bool
    var node: JSONNode
  }

  private(set) var parts: [Part] = []
  /// Texts that are whole in the event.
  private(set) var whole: [TextPlace] = []
  /// The lanes that end with the event, by the beginnings of their names.
  private(set) var over: [String] = []
  /// Why the event cannot be sanitized.
  var problem: String?

  /// Notes more of a text, if it is one.
  mutating func say(_ node: JSONNode?, in lane: String, isJSON: Bool = false) {
    guard let node, node.kind == .string else { return }
    parts.append(Part(lane: lane, isJSON: isJSON, node: node))
  }

  /// Notes all texts below a value.
  mutating func tell(_ node: JSONNode?, _ name: String, in data: RawSpan) {
    guard let node else { return }
    whole += TextPlaces(below: node, named: name, in: data).places
  }

  /// Notes the texts of a delta's members: strings go on in the next, all else is whole.
  ///
  /// - Parameter lane: The lane of a member, by its name.
  mutating func delta(_ node: JSONNode?, in data: RawSpan, _ lane: (String) -> (String, Bool)) {
    guard let node else { return }
    var members = JSONMembers(of: node)
    while let member = try? members.next(in: data) {
      guard let name = member.key.string(in: data), !TextPlaces.isSilent(name) else { continue }
      if member.value.kind == .string, Self.isPlain(name) {
        let (lane, isJSON) = lane(name)
        say(member.value, in: lane, isJSON: isJSON)
      } else {
        tell(member.value, name, in: data)
      }
    }
  }

  /// Nothing more will come for the lanes whose names begin so; an empty one: for all.
  mutating func end(_ prefix: String = "") { over.append(prefix) }

  func isOver(_ lane: String) -> Bool { over.contains { lane.hasPrefix($0) } }

  /// Whether a lane's name, and JSON, can have the name in it.
  private static func isPlain(_ name: String) -> Bool {
    name.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 == 0x5F || $0 &- 0x41 < 26 }
  }
}

extension JSONNode {
  /// A member of an object; nil if this is none, or has none.
  func get(_ name: StaticString, in data: RawSpan) -> JSONNode? {
    (try? member(name, in: data)) ?? nil
  }

  /// A member that is a whole number.
  func number(_ name: StaticString, in data: RawSpan) -> Int {
    get(name, in: data)?.integer(in: data) ?? 0
  }
}
