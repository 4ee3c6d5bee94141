// SPDX-License-Identifier: Apache-2.0

package import CPluginMessages

extension ControlMessage {
  /// The type of the message's frame.
  package var frameType: FrameType {
    switch self {
    case .hello: .hello
    case .ready: .ready
    case .configure: .configure
    case .configured: .configured
    case .ping: .ping
    case .pong: .pong
    case .drain: .drain
    case .drained: .drained
    case .failure: .failure
    case .log: .log
    }
  }

  /// The whole frame: header and message, on stream 0.
  package func frame() -> [UInt8] {
    let arena = MessageArena(limit: 64 << 20)
    return withExtendedLifetime(arena) {
      switch self {
      case .hello(let hello): pack(hello.message(in: arena))
      case .ready(let ready): pack(ready.message(in: arena))
      case .configure(let configure): pack(configure.message(in: arena))
      case .configured(let configured): pack(configured.message(in: arena))
      case .ping(let nonce):
        pack(
          arena.make { (message: UnsafeMutablePointer<Patchbay__Plugin__V1__Ping>?) in
            patchbay__plugin__v1__ping__init(message)
            message?.pointee.nonce = nonce
          })
      case .pong(let nonce, let inFlight):
        pack(
          arena.make { (message: UnsafeMutablePointer<Patchbay__Plugin__V1__Pong>?) in
            patchbay__plugin__v1__pong__init(message)
            message?.pointee.nonce = nonce
            message?.pointee.in_flight = inFlight
          })
      case .drain(let deadline):
        pack(
          arena.make { (message: UnsafeMutablePointer<Patchbay__Plugin__V1__Drain>?) in
            patchbay__plugin__v1__drain__init(message)
            message?.pointee.deadline_ms = deadline
          })
      case .drained: pack(arena.make { patchbay__plugin__v1__drained__init($0) })
      case .failure(let failure): pack(failure.message(in: arena))
      case .log(let line): pack(line.message(in: arena))
      }
    }
  }

  private func pack<Message>(_ message: UnsafeMutablePointer<Message>) -> [UInt8] {
    // Every generated message begins with its base.
    message.withMemoryRebound(to: ProtobufCMessage.self, capacity: 1) { base in
      let length = protobuf_c_message_get_packed_size(base)
      let header = FrameHeader(frameType, metaLength: length)
      return [UInt8](unsafeUninitializedCapacity: FrameHeader.size + length) { bytes, count in
        if let start = bytes.baseAddress {
          header.encode(into: start)
          protobuf_c_message_pack(base, start + FrameHeader.size)
        }
        count = FrameHeader.size + length
      }
    }
  }
}

extension ControlMessage.Hello {
  fileprivate func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Hello> {
    let message = arena.make { patchbay__plugin__v1__hello__init($0) }
    message.pointee.version_min = versions.lowerBound
    message.pointee.version_max = versions.upperBound
    message.pointee.host = arena.string(host)
    message.pointee.incarnation = incarnation
    message.pointee.data_connections = dataConnections
    message.pointee.limits = limits.message(in: arena)
    return message
  }
}

extension ControlMessage.Ready {
  fileprivate func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Ready> {
    let message = arena.make { patchbay__plugin__v1__ready__init($0) }
    message.pointee.version = version
    message.pointee.manifest = manifest.message(in: arena)
    message.pointee.limits = limits.message(in: arena)
    message.pointee.sdk = arena.string(sdk)
    return message
  }
}

extension ControlMessage.Configure {
  fileprivate func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Configure> {
    let message = arena.make { patchbay__plugin__v1__configure__init($0) }
    message.pointee.generation = generation
    message.pointee.dry_run = isDryRun ? 1 : 0
    message.pointee.oldest_generation = oldestGeneration
    message.pointee.n_live_generations = liveGenerations.count
    message.pointee.live_generations = arena.array(of: UInt64.self, count: liveGenerations.count)
    for (index, generation) in liveGenerations.enumerated() {
      message.pointee.live_generations[index] = generation
    }
    (message.pointee.instances, message.pointee.n_instances) = arena.messages(instances) {
      instance in
      let config = arena.make { patchbay__plugin__v1__instance_config__init($0) }
      config.pointee.instance = instance.instance
      config.pointee.id = arena.string(instance.id)
      config.pointee.config = instance.config.withUnsafeBytes { arena.bytes($0) }
      return config
    }
    return message
  }
}

extension ControlMessage.Configured {
  fileprivate func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Configured> {
    let message = arena.make { patchbay__plugin__v1__configured__init($0) }
    message.pointee.generation = generation
    (message.pointee.instances, message.pointee.n_instances) = arena.messages(instances) {
      $0.message(in: arena)
    }
    return message
  }
}

extension ControlMessage.Configured.Instance {
  fileprivate func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__InstanceResult> {
    let message = arena.make { patchbay__plugin__v1__instance_result__init($0) }
    message.pointee.instance = instance
    (message.pointee.subscriptions, message.pointee.n_subscriptions) =
      arena.messages(subscriptions) { $0.message(in: arena) }
    (message.pointee.diagnostics, message.pointee.n_diagnostics) =
      arena.messages(diagnostics) { $0.message(in: arena) }
    (message.pointee.log_files, message.pointee.n_log_files) = arena.strings(logFiles)
    (message.pointee.queues, message.pointee.n_queues) = arena.messages(queues) {
      $0.message(in: arena)
    }
    (message.pointee.metrics, message.pointee.n_metrics) = arena.messages(metrics) {
      $0.message(in: arena)
    }
    return message
  }
}

extension ControlMessage.Configured.Diagnostic {
  fileprivate func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Diagnostic> {
    let message = arena.make { patchbay__plugin__v1__diagnostic__init($0) }
    message.pointee.severity =
      isWarning
      ? PATCHBAY__PLUGIN__V1__DIAGNOSTIC__SEVERITY__WARNING
      : PATCHBAY__PLUGIN__V1__DIAGNOSTIC__SEVERITY__ERROR
    message.pointee.pointer = arena.string(pointer)
    message.pointee.message = arena.string(self.message)
    return message
  }
}

extension ControlMessage.LogLine {
  fileprivate func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Log> {
    let message = arena.make { patchbay__plugin__v1__log__init($0) }
    message.pointee.level.rawValue = level
    message.pointee.message = arena.string(self.message)
    message.pointee.exchange = exchange
    return message
  }
}

extension PeerFailure {
  package func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Failure> {
    let message = arena.make { patchbay__plugin__v1__failure__init($0) }
    message.pointee.code = arena.string(code)
    message.pointee.message = arena.string(self.message)
    message.pointee.hint = arena.string(hint)
    return message
  }
}

extension ConnectionLimits {
  func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Limits> {
    let message = arena.make { patchbay__plugin__v1__limits__init($0) }
    message.pointee.max_frame = maxFrame
    message.pointee.max_meta = maxMeta
    message.pointee.stream_window = streamWindow
    message.pointee.connection_window = connectionWindow
    message.pointee.max_streams = maxStreams
    return message
  }
}
