// SPDX-License-Identifier: Apache-2.0

import PluginProtocol
import Testing

/// Every message in every state, received and sent.
struct ControlConnectionTests {
  typealias Message = ControlMessage
  typealias Role = DataConnection.Role

  static let messages: [String: Message] = [
    "hello": .hello(
      Message.Hello(
        versions: 1...2, host: "h", incarnation: 1, dataConnections: 1, limits: ConnectionLimits())),
    "ready": .ready(
      Message.Ready(
        version: 1,
        manifest: PackageManifest(
          name: "n", version: "1", priority: 0, phases: [], configSchema: [], services: [],
          failsOpen: false, stateVersion: 1), limits: ConnectionLimits(), sdk: "s")),
    "configure": .configure(
      Message.Configure(generation: 5, isDryRun: false, instances: [], oldestGeneration: 5)),
    "configured": .configured(Message.Configured(generation: 5, instances: [])),
    "ping": .ping(nonce: 1),
    "pong": .pong(nonce: 1, inFlight: 0),
    "drain": .drain(deadlineMilliseconds: 1),
    "drained": .drained,
    "failure": .failure(PeerFailure(code: "c", message: "m")),
    "log": .log(Message.LogLine(level: 3, message: "m", exchange: 0)),
  ]

  /// How a state is reached: `>` is said by the host.
  static let states: [String: [String]] = [
    "new": [],
    "greeting": [">hello"],
    "idle": [">hello", "<ready"],
    "configuring": [">hello", "<ready", ">configure"],
    "draining": [">hello", "<ready", ">drain"],
    "drained": [">hello", "<ready", ">drain", "<drained"],
    "failed": [">hello", "<failure"],
  ]

  /// What may be said, beside a failure, which always may.
  static let allowed: [String: Set<String>] = [
    "new": [">hello"],
    "greeting": [">ping", "<ping", ">pong", "<pong", "<log", "<ready"],
    "idle": [">ping", "<ping", ">pong", "<pong", "<log", ">configure", ">drain"],
    "configuring": [">ping", "<ping", ">pong", "<pong", "<log", "<configured"],
    "draining": [">ping", "<ping", ">pong", "<pong", "<log", "<drained"],
    "drained": [],
    "failed": [],
  ]

  static func connection(_ role: Role, in state: String) -> ControlConnection {
    var connection = ControlConnection(role: role)
    for step in states[state] ?? [] {
      guard let message = messages[String(step.dropFirst())] else { continue }
      if step.hasPrefix(">") == (role == .host) {
        #expect(connection.send(message) == true, "\(step)")
      } else if case .violation(let violation) = connection.received(message) {
        Issue.record("\(step): \(violation)")
      }
    }
    return connection
  }

  @Test(arguments: states.keys.sorted(), [Role.host, .plugin])
  func `what may be sent is what may be received`(state: String, role: Role) {
    let (own, peers) = role == .host ? (">", "<") : ("<", ">")
    for (name, message) in Self.messages {
      let isOver = state == "drained" || state == "failed"
      var sender = Self.connection(role, in: state)
      let maySend = name == "failure" ? !isOver : Self.allowed[state]?.contains(own + name) == true
      #expect(sender.send(message) == maySend, "\(role) sends \(name) in \(state)")

      var receiver = Self.connection(role, in: state)
      let isPong = name == "pong"
      let mayReceive =
        name == "failure" || Self.allowed[state]?.contains(peers + name) == true && !isPong
      let meaning = receiver.received(message)
      if isOver {
        #expect(meaning == .late)
      } else if mayReceive {
        if case .violation(let violation) = meaning {
          Issue.record("\(role) refuses \(name) in \(state): \(violation)")
        }
      } else {
        let expected = isPong && state != "new" ? ProtocolViolation.notAsked : .unexpectedFrame
        #expect(meaning == .violation(expected), "\(role) takes \(name) in \(state)")
        #expect(receiver.received(message) == .late, "one violation is enough")
        #expect(receiver.send(.ping(nonce: 9)) == false, "and it was the end")
      }
    }
  }

  @Test(arguments: [Role.host, .plugin])
  func `a pong answers the ping that was sent, once`(role: Role) {
    var connection = Self.connection(role, in: "idle")
    #expect(connection.send(.ping(nonce: 7)) == true)
    #expect(connection.awaitsPong)
    #expect(connection.send(.ping(nonce: 8)) == false, "at most one is unanswered")
    #expect(connection.received(.pong(nonce: 7, inFlight: 2)) == .pong(nonce: 7, inFlight: 2))
    #expect(!connection.awaitsPong)
    #expect(connection.received(.pong(nonce: 7, inFlight: 2)) == .violation(.notAsked))
    var other = Self.connection(role, in: "idle")
    #expect(other.send(.ping(nonce: 7)) == true)
    #expect(other.received(.pong(nonce: 8, inFlight: 0)) == .violation(.notAsked))
  }

  @Test func `versions are agreed on, or the failure names both ranges`() {
    func hello(_ versions: ClosedRange<UInt32>) -> Message {
      .hello(
        Message.Hello(
          versions: versions, host: "h", incarnation: 1, dataConnections: 1,
          limits: ConnectionLimits()))
    }
    var plugin = ControlConnection(role: .plugin)
    guard case .greeted(_, let version) = plugin.received(hello(0...9)) else {
      Issue.record("a range that includes ours is fine")
      return
    }
    #expect(version == 1)
    for range: ClosedRange<UInt32> in [0...0, 2...3] {
      var plugin = ControlConnection(role: .plugin)
      guard case .incompatible(let failure) = plugin.received(hello(range)) else {
        Issue.record("\(range) is not ours")
        continue
      }
      #expect(failure.code == "version-mismatch")
      #expect(failure.hint == (range == 0...0 ? "upgrade the host" : "upgrade the plugin"))
    }
    var host = ControlConnection(role: .host)
    #expect(host.send(hello(1...2)) == true)
    guard case .ready(var ready)? = Self.messages["ready"] else { return }
    ready.version = 3
    let mismatch = ControlConnection.mismatch(host: 1...2, plugin: 3...3)
    #expect(host.received(.ready(ready)) == .failed(mismatch))
    #expect(mismatch.hint == "upgrade the host")
    #expect(host.received(.drained) == .late)
  }

  @Test func `an answer is to the configuration that was sent`() {
    var host = Self.connection(.host, in: "configuring")
    let other = Message.Configured(generation: 4, instances: [])
    #expect(host.received(.configured(other)) == .violation(.mismatchedReply))
    var plugin = Self.connection(.plugin, in: "configuring")
    #expect(plugin.send(.configured(other)) == false)
    plugin = Self.connection(.plugin, in: "idle")
    let instance = Message.Configure.Instance(instance: 1, id: "a", config: [])
    let twice = Message.Configure(
      generation: 6, isDryRun: false, instances: [instance, instance], oldestGeneration: 6)
    #expect(plugin.received(.configure(twice)) == .violation(.badMessage))
  }

  @Test func `frames of the control connection are on stream 0 and have no payload`() throws {
    func type(_ header: FrameHeader) throws -> FrameType? { try ControlConnection.type(of: header) }
    #expect(try type(FrameHeader(.ping)) == .ping)
    #expect(throws: ProtocolViolation.unexpectedFrame) { try type(FrameHeader(.ping, stream: 1)) }
    #expect(throws: ProtocolViolation.payloadUnexpected) {
      try type(FrameHeader(.ping, payloadLength: 1))
    }
    #expect(throws: ProtocolViolation.reservedFlags) {
      try type(FrameHeader(.ping, flags: .more))
    }
    var unknown = FrameHeader(.ping)
    unknown.type = 0x6F
    #expect(throws: ProtocolViolation.unknownFrame) { try type(unknown) }
    unknown.flags = .ignorable
    #expect(try type(unknown) == nil)
  }
}
