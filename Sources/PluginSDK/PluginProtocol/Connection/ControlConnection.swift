// SPDX-License-Identifier: Apache-2.0

/// One end of a control connection: Hello → Ready → Configure → Configured → … → Drain → Drained. Both ends are this same
/// value; messages in, what they mean out.
package struct ControlConnection: Sendable {
  package enum State: Equatable, Sendable {
    /// The host has not said hello.
    case new
    /// The plugin has not answered hello, whose versions these are.
    case greeting(versions: ClosedRange<UInt32>)
    /// The handshake is through; no configuration is under way.
    case idle
    /// A configuration was sent and not answered.
    case configuring(generation: UInt64)
    /// The plugin was told to finish.
    case draining
    /// Terminal.
    case closed
  }

  /// What a received message means.
  package enum OnMessage: Equatable, Sendable {
    /// Plugin: answer with Ready, of this version.
    case greeted(ControlMessage.Hello, version: UInt32)
    /// Plugin: no common version; send the failure and exit.
    case incompatible(PeerFailure)
    /// Host: the plugin is there.
    case ready(ControlMessage.Ready)
    /// Plugin: check, and unless it is a dry run keep; answer with Configured.
    case configure(ControlMessage.Configure)
    /// Host: the plugin's answer.
    case configured(ControlMessage.Configured)
    /// Answer with a pong.
    case ping(nonce: UInt64)
    case pong(nonce: UInt64, inFlight: UInt32)
    /// Plugin: finish what is open, then send Drained.
    case drain(deadlineMilliseconds: UInt32)
    /// Host: nothing is open any more.
    case drained
    /// The peer gives up, and says why.
    case failed(PeerFailure)
    case log(ControlMessage.LogLine)
    /// The conversation is over: dropped.
    case late
    case violation(ProtocolViolation)
  }

  /// The versions that this end speaks.
  package static let versions: ClosedRange<UInt32> = 1...1

  package private(set) var state = State.new
  private let role: DataConnection.Role
  private var outstandingPing: UInt64?

  package init(role: DataConnection.Role) { self.role = role }

  /// What a frame of the connection carries; nil: it may be ignored.
  package static func type(of header: FrameHeader) throws(ProtocolViolation) -> FrameType? {
    guard let type = FrameType(rawValue: header.type) else {
      guard header.flags.contains(.ignorable) else { throw .unknownFrame }
      return nil
    }
    guard header.flags.isSubset(of: type.flags) else { throw .reservedFlags }
    guard header.stream == 0 else { throw .unexpectedFrame }
    guard header.payloadLength == 0 else { throw .payloadUnexpected }
    return type
  }

  /// A message of the peer.
  package mutating func received(_ message: ControlMessage) -> OnMessage {
    switch (state, message) {
    case (.closed, _): return .late
    case (_, .failure(let failure)):
      state = .closed
      return .failed(failure)
    case (.new, .ping), (.new, .pong), (.new, .log): return violate(.unexpectedFrame)
    case (_, .ping(let nonce)): return .ping(nonce: nonce)
    case (_, .pong(let nonce, let inFlight)):
      guard outstandingPing == nonce else { return violate(.notAsked) }
      outstandingPing = nil
      return .pong(nonce: nonce, inFlight: inFlight)
    case (_, .log(let line)): return role == .host ? .log(line) : violate(.unexpectedFrame)
    case (_, .hello), (_, .configure), (_, .drain):
      return role == .plugin ? receivedFromHost(message) : violate(.unexpectedFrame)
    case (_, .ready), (_, .configured), (_, .drained):
      return role == .host ? receivedFromPlugin(message) : violate(.unexpectedFrame)
    }
  }

  private mutating func receivedFromHost(_ message: ControlMessage) -> OnMessage {
    switch (state, message) {
    case (.new, .hello(let hello)):
      state = .greeting(versions: hello.versions)
      guard let version = Self.common(hello.versions) else {
        return .incompatible(Self.mismatch(host: hello.versions, plugin: Self.versions))
      }
      return .greeted(hello, version: version)
    case (.idle, .configure(let configure)):
      guard Set(configure.instances.map(\.instance)).count == configure.instances.count else {
        return violate(.badMessage)
      }
      state = .configuring(generation: configure.generation)
      return .configure(configure)
    case (.idle, .drain(let deadline)):
      state = .draining
      return .drain(deadlineMilliseconds: deadline)
    default: return violate(.unexpectedFrame)
    }
  }

  private mutating func receivedFromPlugin(_ message: ControlMessage) -> OnMessage {
    switch (state, message) {
    case (.greeting(let versions), .ready(let ready)):
      guard versions.contains(ready.version) else {
        state = .closed
        return .failed(Self.mismatch(host: versions, plugin: ready.version...ready.version))
      }
      state = .idle
      return .ready(ready)
    case (.configuring(let generation), .configured(let configured)):
      guard configured.generation == generation else { return violate(.mismatchedReply) }
      state = .idle
      return .configured(configured)
    case (.draining, .drained):
      state = .closed
      return .drained
    default: return violate(.unexpectedFrame)
    }
  }

  private mutating func violate(_ violation: ProtocolViolation) -> OnMessage {
    state = .closed
    return .violation(violation)
  }

  /// Whether a message of ours may be sent now; it then counts as sent.
  package mutating func send(_ message: ControlMessage) -> Bool {
    switch (state, message) {
    case (.new, .hello(let hello)) where role == .host:
      state = .greeting(versions: hello.versions)
    case (.greeting(let versions), .ready(let ready)) where role == .plugin:
      guard versions.contains(ready.version) else { return false }
      state = .idle
    case (.idle, .configure(let configure)) where role == .host:
      state = .configuring(generation: configure.generation)
    case (.configuring(let generation), .configured(let configured)) where role == .plugin:
      guard configured.generation == generation else { return false }
      state = .idle
    case (.idle, .drain) where role == .host: state = .draining
    case (.draining, .drained) where role == .plugin: state = .closed
    case (.closed, _): return false
    case (_, .failure): state = .closed
    case (.new, _): return false
    case (_, .ping(let nonce)):
      guard outstandingPing == nil else { return false }
      outstandingPing = nonce
    case (_, .pong): break
    case (_, .log): return role == .plugin
    default: return false
    }
    return true
  }

  /// Whether a ping of ours is not answered yet.
  package var awaitsPong: Bool { outstandingPing != nil }

  private static func common(_ theirs: ClosedRange<UInt32>) -> UInt32? {
    let version = min(versions.upperBound, theirs.upperBound)
    return version >= max(versions.lowerBound, theirs.lowerBound) ? version : nil
  }

  /// Names both ranges, and who has to upgrade.
  package static func mismatch(
    host: ClosedRange<UInt32>, plugin: ClosedRange<UInt32>
  ) -> PeerFailure {
    let older = host.upperBound < plugin.lowerBound ? "the host" : "the plugin"
    return PeerFailure(
      code: "version-mismatch",
      message: "the host speaks versions \(text(host)) of the protocol, the plugin \(text(plugin))",
      hint: "upgrade \(older)")
  }

  private static func text(_ range: ClosedRange<UInt32>) -> String {
    range.lowerBound == range.upperBound
      ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
  }
}
