// SPDX-License-Identifier: Apache-2.0

import CPluginMessages

extension ControlMessage {
  /// Decodes the protobuf part of a frame of the control connection.
  ///
  /// - Throws: ``ProtocolViolation/badMessage`` when it is not what its type says, ``ProtocolViolation/badText`` when
  ///   a text is not UTF-8, ``ProtocolViolation/unknownFrame`` for a type that does not belong here.
  package init(
    _ type: FrameType, _ meta: UnsafeRawBufferPointer
  ) throws(ProtocolViolation) {
    let arena = MessageArena(limit: 64 << 20)
    self = try withExtendedLifetime(arena) { () throws(ProtocolViolation) in
      try Self.decode(type, meta, arena)
    }
  }

  private static func decode(
    _ type: FrameType, _ meta: UnsafeRawBufferPointer, _ arena: MessageArena
  ) throws(ProtocolViolation) -> ControlMessage {
    switch type {
    case .hello:
      return .hello(
        try hello(try unpack(meta, arena) { patchbay__plugin__v1__hello__unpack($0, $1, $2) }))
    case .ready:
      return .ready(
        try ready(try unpack(meta, arena) { patchbay__plugin__v1__ready__unpack($0, $1, $2) }))
    case .configure:
      return .configure(
        try configure(
          try unpack(meta, arena) { patchbay__plugin__v1__configure__unpack($0, $1, $2) }))
    case .configured:
      return .configured(
        try configured(
          try unpack(meta, arena) { patchbay__plugin__v1__configured__unpack($0, $1, $2) }, arena))
    case .ping:
      let ping = try unpack(meta, arena) { patchbay__plugin__v1__ping__unpack($0, $1, $2) }
      return .ping(nonce: ping.nonce)
    case .pong:
      let pong = try unpack(meta, arena) { patchbay__plugin__v1__pong__unpack($0, $1, $2) }
      return .pong(nonce: pong.nonce, inFlight: pong.in_flight)
    case .drain:
      let drain = try unpack(meta, arena) { patchbay__plugin__v1__drain__unpack($0, $1, $2) }
      return .drain(deadlineMilliseconds: drain.deadline_ms)
    case .drained:
      _ = try unpack(meta, arena) { patchbay__plugin__v1__drained__unpack($0, $1, $2) }
      return .drained
    case .failure:
      let failure = try unpack(meta, arena) { patchbay__plugin__v1__failure__unpack($0, $1, $2) }
      return .failure(try PeerFailure(message: failure))
    case .log:
      let log = try unpack(meta, arena) { patchbay__plugin__v1__log__unpack($0, $1, $2) }
      return .log(
        LogLine(
          level: log.level.rawValue, message: try text(log.message), exchange: log.exchange))
    case .call, .reply, .data, .credit, .cancel, .serviceCall, .serviceResult:
      throw .unknownFrame
    }
  }

  private static func unpack<Message>(
    _ meta: UnsafeRawBufferPointer, _ arena: MessageArena,
    _ unpack: (
      UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<Message>?
  ) throws(ProtocolViolation) -> Message {
    guard let message = arena.decode(meta, unpack) else { throw .badMessage }
    return message.pointee
  }

  private static func text(
    _ field: UnsafeMutablePointer<CChar>?
  ) throws(ProtocolViolation) -> String {
    guard let text = String(field: field) else { throw .badText }
    return text
  }

  private static func hello(
    _ message: Patchbay__Plugin__V1__Hello
  ) throws(ProtocolViolation) -> Hello {
    guard message.version_min <= message.version_max else { throw .badMessage }
    return Hello(
      versions: message.version_min...message.version_max, host: try text(message.host),
      incarnation: message.incarnation, dataConnections: message.data_connections,
      limits: ConnectionLimits(message.limits?.pointee))
  }

  private static func ready(
    _ message: Patchbay__Plugin__V1__Ready
  ) throws(ProtocolViolation) -> Ready {
    guard let manifest = message.manifest?.pointee else { throw .badMessage }
    guard let manifest = PackageManifest(manifest) else { throw .badText }
    return Ready(
      version: message.version, manifest: manifest,
      limits: ConnectionLimits(message.limits?.pointee), sdk: try text(message.sdk))
  }

  private static func configure(
    _ message: Patchbay__Plugin__V1__Configure
  ) throws(ProtocolViolation) -> Configure {
    var instances: [Configure.Instance] = []
    for index in 0..<message.n_instances {
      guard let instance = message.instances[index]?.pointee else { throw .badMessage }
      instances.append(
        Configure.Instance(
          instance: instance.instance, id: try text(instance.id),
          config: Array(instance.config.view)))
    }
    return Configure(
      generation: message.generation, isDryRun: message.dry_run != 0, instances: instances,
      oldestGeneration: message.oldest_generation,
      liveGenerations: (0..<message.n_live_generations).map { message.live_generations[$0] })
  }

  private static func configured(
    _ message: Patchbay__Plugin__V1__Configured, _ arena: MessageArena
  ) throws(ProtocolViolation) -> Configured {
    var instances: [Configured.Instance] = []
    for index in 0..<message.n_instances {
      guard let instance = message.instances[index]?.pointee else { throw .badMessage }
      var result = Configured.Instance(
        instance: instance.instance, subscriptions: [], diagnostics: [], logFiles: [])
      for index in 0..<instance.n_subscriptions {
        guard let subscription = instance.subscriptions[index]?.pointee else { throw .badMessage }
        guard let value = SubscriptionMessage(subscription, in: arena) else { throw .badText }
        result.subscriptions.append(value)
      }
      for index in 0..<instance.n_diagnostics {
        guard let diagnostic = instance.diagnostics[index]?.pointee else { throw .badMessage }
        result.diagnostics.append(
          Configured.Diagnostic(
            isWarning: diagnostic.severity
              == PATCHBAY__PLUGIN__V1__DIAGNOSTIC__SEVERITY__WARNING,
            pointer: try text(diagnostic.pointer), message: try text(diagnostic.message)))
      }
      guard let files = [String](fields: instance.log_files, instance.n_log_files) else {
        throw .badText
      }
      result.logFiles = files
      for index in 0..<instance.n_queues {
        guard let queue = instance.queues[index]?.pointee else { throw .badMessage }
        guard let value = QueueMessage(queue) else { throw .badText }
        result.queues.append(value)
      }
      for index in 0..<instance.n_metrics {
        guard let metric = instance.metrics[index]?.pointee else { throw .badMessage }
        guard let value = MetricMessage(metric) else { throw .badText }
        result.metrics.append(value)
      }
      instances.append(result)
    }
    return Configured(generation: message.generation, instances: instances)
  }
}

extension PeerFailure {
  init(message: Patchbay__Plugin__V1__Failure) throws(ProtocolViolation) {
    guard let code = String(field: message.code), let text = String(field: message.message),
      let hint = String(field: message.hint)
    else { throw .badText }
    self.init(code: code, message: text, hint: hint)
  }
}

extension ConnectionLimits {
  init(_ message: Patchbay__Plugin__V1__Limits?) {
    self.init(
      maxFrame: message?.max_frame ?? 0, maxMeta: message?.max_meta ?? 0,
      streamWindow: message?.stream_window ?? 0, connectionWindow: message?.connection_window ?? 0,
      maxStreams: message?.max_streams ?? 0)
  }
}
