// SPDX-License-Identifier: Apache-2.0

package import CPluginMessages
package import PluginProtocol

/// Writes a conversation frame by frame. Both ends' machines watch: what is not allowed cannot be written, except where a
/// violation is what is to be shown. Credit that is owed is given at once.
package struct Conversation {
  package struct Unexpected: Error, CustomStringConvertible {
    package let description: String
  }

  package let name: String
  /// The text form.
  package private(set) var text: String
  package private(set) var entries: [Transcript.Entry] = []
  private var host = WireEnd(role: .host)
  private var plugin = WireEnd(role: .plugin)

  /// - Parameters:
  ///   - name: of the file.
  ///   - story: what happens, for the head of the file.
  package init(
    _ name: String, _ story: String, _ body: (inout Conversation) throws -> Void
  ) throws {
    self.name = name
    text = "# Patchbay plugin protocol, version 1. Written by the tests: see README.md here.\n#\n"
    for line in story.split(separator: "\n") { text += "# \(line)\n" }
    try body(&self)
  }

  /// A comment between frames.
  package mutating func note(_ line: String) { text += "\n# \(line)\n" }

  package mutating func say(
    _ direction: WireDirection, _ link: WireLink, _ frame: WireFrame,
    breaking violation: ProtocolViolation? = nil
  ) throws {
    if violation == nil { try send(direction, link, frame) }
    write(direction, link, frame, violation: violation)
    try receive(direction, link, frame, violation)
    try giveCredit()
  }

  package mutating func say(_ direction: WireDirection, _ message: ControlMessage) throws {
    try say(direction, .control, WireFrame(message))
  }

  /// Two frames that pass each other under way.
  package mutating func cross(
    _ direction: WireDirection, _ first: WireFrame, _ second: WireFrame
  ) throws {
    let other: WireDirection = direction == .toPlugin ? .toHost : .toPlugin
    try send(direction, .data, first)
    try send(other, .data, second)
    try receive(other, .data, second, nil)
    try receive(direction, .data, first, nil)
    write(direction, .data, first)
    write(other, .data, second, isCrossed: true)
    try giveCredit()
  }

  private mutating func send(
    _ direction: WireDirection, _ link: WireLink, _ frame: WireFrame
  ) throws {
    if direction == .toPlugin {
      try host.sent(link, frame)
    } else {
      try plugin.sent(link, frame)
    }
  }

  private mutating func receive(
    _ direction: WireDirection, _ link: WireLink, _ frame: WireFrame,
    _ expected: ProtocolViolation?
  ) throws {
    let meaning =
      direction == .toPlugin ? plugin.received(link, frame) : host.received(link, frame)
    var found: ProtocolViolation?
    if case .violation(let violation) = meaning { found = violation }
    guard found == expected else { throw Unexpected(description: "\(frame.title): \(meaning)") }
  }

  private mutating func giveCredit() throws {
    while let (stream, bytes) = plugin.owed.first {
      try say(.toHost, .data, .credit(stream, bytes))
    }
    while let (stream, bytes) = host.owed.first {
      try say(.toPlugin, .data, .credit(stream, bytes))
    }
  }

  private mutating func write(
    _ direction: WireDirection, _ link: WireLink, _ frame: WireFrame, isCrossed: Bool = false,
    violation: ProtocolViolation? = nil
  ) {
    entries.append(
      Transcript.Entry(
        direction, link, frame.bytes, isCrossed: isCrossed, violation: violation?.rawValue))
    text += "\n\(direction.rawValue) \(link.rawValue)\(isCrossed ? " crossed" : "")\n"
    for line in frame.lines { text += line + "\n" }
    if let violation { text += "! \(violation.rawValue)\n" }
  }
}

extension WireFrame {
  /// A message of the control connection, or of those that may be on any.
  package init(_ message: ControlMessage) {
    self.init(message.frameType, meta: Array(message.frame().dropFirst(FrameHeader.size)))
  }

  package static func credit(_ stream: UInt32, _ bytes: Int) -> WireFrame {
    WireFrame(
      .credit, stream: stream,
      meta: packed({ patchbay__plugin__v1__credit__init($0) }) { credit, _ in
        credit.bytes = UInt32(bytes)
      })
  }

  package static func cancel(
    _ stream: UInt32, _ reason: Patchbay__Plugin__V1__Cancel__Reason
  ) -> WireFrame {
    WireFrame(
      .cancel, stream: stream,
      meta: packed({ patchbay__plugin__v1__cancel__init($0) }) { cancel, _ in
        cancel.reason = reason
      })
  }

  /// The message of a service call that asks for a key.
  package static func serviceCallMessage(parent: UInt32, ordinal: UInt32) -> [UInt8] {
    packed({ patchbay__plugin__v1__service_call__init($0) }) { call, arena in
      call.parent_stream = parent
      call.parent_ordinal = ordinal
      arena.kvGet("key", &call)
    }
  }
}
