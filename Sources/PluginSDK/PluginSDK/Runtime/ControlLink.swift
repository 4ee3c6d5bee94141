// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// The control connection: handshake, configuration, drain.
package final class ControlLink: Link {
  private var machine = ControlConnection(role: .plugin)

  init(session: PluginSession) {
    super.init(
      session: session,
      decoder: FrameDecoder(
        maxFrame: ConnectionLimits.controlFrame, maxMeta: ConnectionLimits.controlFrame))
  }

  override func receive(_ frame: Frame) throws(ProtocolViolation) {
    guard let type = try ControlConnection.type(of: frame.header) else { return }
    switch machine.received(try ControlMessage(type, frame.meta)) {
    case .greeted(let hello, let version): greet(hello, version)
    case .incompatible(let failure): session.fail(failure)
    case .configure(let configure): self.configure(configure)
    case .ping(let nonce):
      send(.pong(nonce: nonce, inFlight: UInt32(clamping: session.inFlight)))
    case .drain: session.drain()
    case .failed(let failure): session.failed(failure)
    case .late: break
    case .violation(let violation): throw violation
    case .pong, .ready, .configured, .drained, .log: throw .unexpectedFrame
    }
  }

  /// Sends what may be said now; what may not is dropped (a log line before the handshake).
  func send(_ message: ControlMessage) {
    if machine.send(message) { output.append(message.frame()) }
  }

  private func greet(_ hello: ControlMessage.Hello, _ version: UInt32) {
    let limits = ConnectionLimits()
    session.open(
      dataConnections: Int(hello.dataConnections), accepts: limits, peerAccepts: hello.limits)
    send(
      .ready(
        ControlMessage.Ready(
          version: version, manifest: session.definition.packageManifest, limits: limits,
          sdk: PluginDefinition.sdk)))
  }

  private func configure(_ configure: ControlMessage.Configure) {
    let sink = LogSink(session)
    let core = HostCore(loop: session.loop, services: session.definition.manifest.services) {
      sink.session?.log($0, $1, exchange: $2)
    }
    var instances: [UInt32: Instance] = [:]
    var results: [ControlMessage.Configured.Instance] = []
    for entry in configure.instances {
      let (instance, diagnostics) = session.definition.configure(
        entry.config, host: Host(core: core, instanceID: entry.id), loop: session.loop)
      instances[entry.instance] = instance
      results.append(
        ControlMessage.Configured.Instance(
          instance: entry.instance,
          subscriptions: instance?.subscriptions.map(\.message) ?? [],
          diagnostics: diagnostics.map {
            ControlMessage.Configured.Diagnostic(
              isWarning: $0.isWarning, pointer: $0.pointer, message: $0.message)
          },
          logFiles: instance?.outlets.logFiles ?? [], queues: instance?.queues ?? [],
          metrics: instance?.metrics ?? []))
    }
    if !configure.isDryRun, instances.count == configure.instances.count {
      session.adopt(
        instances, generation: configure.generation, oldest: configure.oldestGeneration,
        live: configure.liveGenerations)
    }
    send(
      .configured(
        ControlMessage.Configured(generation: configure.generation, instances: results)))
  }
}

/// Lets log lines find their way through `Sendable` closures.
///
/// Unchecked: the loop calls it on its own thread only.
private final class LogSink: @unchecked Sendable {
  weak var session: PluginSession?
  init(_ session: PluginSession) { self.session = session }
}
