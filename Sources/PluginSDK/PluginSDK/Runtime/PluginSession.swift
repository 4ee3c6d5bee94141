// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// The conversation of one plugin process with its host, without its sockets: bytes in, bytes out.
///
/// It owns the configuration's generations and the connections. The socket driver feeds it in a process,
/// the test harness in a test.
package final class PluginSession {
  /// How the conversation ended.
  package enum End: Equatable {
    /// Drained: everything was answered.
    case drained
    /// The host did not keep to the protocol, or speaks another one.
    case failed(String)
  }

  let definition: PluginDefinition
  let loop: EventLoop
  private(set) var generations: [UInt64: [UInt32: Instance]] = [:]
  package private(set) var data: [DataLink] = []
  package private(set) lazy var control = ControlLink(session: self)
  /// Set once; what is in the outputs is still to be written.
  package private(set) var end: End?
  private(set) var isDraining = false
  /// What calls read although their interest does not name it: the test harness fails them for it.
  package var misreads: [String] = []

  init(definition: PluginDefinition, loop: EventLoop) {
    self.definition = definition
    self.loop = loop
  }

  /// Makes the session of a plugin.
  package convenience init(_ type: (some Plugin).Type, loop: EventLoop) {
    self.init(definition: PluginDefinition(type), loop: loop)
  }

  /// All connections in the order of their descriptors.
  package var links: [Link] { [control] + data }

  /// How many there are.
  var linkCount: Int { 1 + data.count }

  /// The host said how many data connections there are, and what it accepts on them.
  func open(dataConnections count: Int, accepts: ConnectionLimits, peerAccepts: ConnectionLimits) {
    data = (0..<count).map { _ in
      DataLink(session: self, accepts: accepts, peerAccepts: peerAccepts)
    }
  }

  func instance(_ number: UInt32, generation: UInt64) -> Instance? {
    generations[generation]?[number]
  }

  /// - Parameter live: the generations that may still have exchanges; empty: all from the oldest on.
  func adopt(
    _ instances: [UInt32: Instance], generation: UInt64, oldest: UInt64, live: [UInt64]
  ) {
    generations = generations.filter {
      $0.key >= oldest && (live.isEmpty || live.contains($0.key))
    }
    generations[generation] = instances
  }

  /// Calls that wait for an answer.
  var inFlight: Int { data.reduce(0) { $0 + $1.inFlight } }

  func drain() { isDraining = true }

  /// The end of a turn, in which all connections were read: is a drain through?
  ///
  /// Not before: a call that was sent ahead of the drain may still be unread on its own connection.
  package func settle() {
    guard isDraining, end == nil, data.allSatisfy(\.isIdle) else { return }
    control.send(.drained)
    end = .drained
  }

  /// This side ends the conversation.
  func fail(_ failure: PeerFailure) {
    guard end == nil else { return }
    control.output.append(ControlMessage.failure(failure).frame())
    end = .failed("\(failure.code): \(failure.message)")
  }

  /// The host ended the conversation.
  func failed(_ failure: PeerFailure) {
    if end == nil { end = .failed("the host gave up: \(failure.code): \(failure.message)") }
  }

  func log(_ level: LogLevel, _ message: String, exchange: UInt64) {
    control.send(
      .log(ControlMessage.LogLine(level: level.number, message: message, exchange: exchange)))
  }
}

extension LogLevel {
  fileprivate var number: UInt32 {
    switch self {
    case .trace: 1
    case .debug: 2
    case .info: 3
    case .warning: 4
    case .error: 5
    }
  }
}
