// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol

/// The conversations of proto/transcripts, written by the code of the project.
package enum GoldenTranscripts {
  package static func all() throws -> [Conversation] {
    [
      try handshake(), try refusal(), try request(), try bodyInPieces(), try earlyReply(),
      try splice(), try respond(), try chunks(), try produce(), try complete(), try service(),
      try cancel(), try ping(), try drain(), try incompatible(), try violation(), try counters(),
      try authorization(), try consumers(), try presented(), try lastReply(),
    ]
  }
}

// What most conversations begin with.
extension Conversation {
  /// The exchange, generation, incarnation and instance that the conversations are about.
  static let exchange: UInt64 = 0x1_0000_0001
  static let generation: UInt64 = 3
  static let incarnation: UInt64 = 12
  static let instance: UInt32 = 1

  /// Small windows, so that credits show in small transcripts.
  static let smallLimits = ConnectionLimits(
    maxFrame: 64 << 10, maxMeta: 16 << 10, streamWindow: 16 << 10, connectionWindow: 64 << 10,
    maxStreams: 8)

  static func manifest(services: [UInt32]) -> PackageManifest {
    PackageManifest(
      name: "add-header", version: "1.0.0", priority: 800, phases: [1, 4],
      configSchema: Array(#"{"type":"object"}"#.utf8), services: services, failsOpen: false,
      stateVersion: 1)
  }

  mutating func greet(
    limits: ConnectionLimits = ConnectionLimits(), services: [UInt32] = [2, 3]
  ) throws {
    try say(
      .toPlugin,
      .hello(
        ControlMessage.Hello(
          versions: 1...1, host: "patchbay/1.0", incarnation: Self.incarnation, dataConnections: 1,
          limits: limits)))
    try say(
      .toHost,
      .ready(
        ControlMessage.Ready(
          version: 1, manifest: Self.manifest(services: services), limits: limits,
          sdk: "transcript/1")))
  }

  mutating func configure(
    isDryRun: Bool = false, config: String = #"{"name":"x-hello"}"#
  ) throws {
    try say(
      .toPlugin,
      .configure(
        ControlMessage.Configure(
          generation: Self.generation, isDryRun: isDryRun,
          instances: [
            ControlMessage.Configure.Instance(
              instance: Self.instance, id: "hello", config: Array(config.utf8))
          ], oldestGeneration: Self.generation)))
  }

  /// The plugin accepts the configuration.
  mutating func accept(_ subscriptions: [SubscriptionMessage]) throws {
    try say(
      .toHost,
      .configured(
        ControlMessage.Configured(
          generation: Self.generation,
          instances: [
            ControlMessage.Configured.Instance(
              instance: Self.instance, subscriptions: subscriptions, diagnostics: [], logFiles: [])
          ])))
  }

  /// From hello to traffic.
  mutating func begin(
    limits: ConnectionLimits = ConnectionLimits(), services: [UInt32] = [2, 3],
    _ phase: UInt32 = 1, _ change: (inout SubscriptionMessage) -> Void = { _ in }
  ) throws {
    try greet(limits: limits, services: services)
    try configure()
    var subscription = SubscriptionMessage(phase: phase)
    change(&subscription)
    try accept([subscription])
    note("traffic")
  }
}

// Calls and replies.
extension WireFrame {
  static func call(
    on stream: UInt32 = 1, ordinal: UInt16 = 0, flags: FrameFlags = [],
    _ phase: Patchbay__Plugin__V1__Phase, payload: [UInt8] = [],
    _ fill: (inout Patchbay__Plugin__V1__Call, MessageArena) -> Void = { _, _ in }
  ) -> WireFrame {
    let meta = packed({ patchbay__plugin__v1__call__init($0) }) { call, arena in
      call.exchange = Conversation.exchange
      call.generation = Conversation.generation
      call.incarnation = Conversation.incarnation
      call.instance = Conversation.instance
      call.phase = phase
      call.budget_us = 5_000_000
      call.body_length = UInt64(payload.count)
      fill(&call, arena)
    }
    return WireFrame(
      .call, stream: stream, ordinal: ordinal, flags: flags, meta: meta, payload: payload)
  }

  /// The call of the request phase that shows the head and is the last of its stream.
  static func requestCall() -> WireFrame {
    call(flags: .last, PATCHBAY__PLUGIN__V1__PHASE__PHASE_REQUEST) { call, arena in
      call.request = arena.requestHead()
    }
  }

  static func reply(
    on stream: UInt32 = 1, ordinal: UInt16 = 0, flags: FrameFlags = [], payload: [UInt8] = [],
    _ fill: (inout Patchbay__Plugin__V1__Reply, MessageArena) -> Void = { _, _ in }
  ) -> WireFrame {
    let meta = packed({ patchbay__plugin__v1__reply__init($0) }) { reply, arena in
      reply.exchange = Conversation.exchange
      fill(&reply, arena)
    }
    return WireFrame(
      .reply, stream: stream, ordinal: ordinal, flags: flags, meta: meta, payload: payload)
  }

  static func data(
    on stream: UInt32 = 1, ordinal: UInt16 = 0, flags: FrameFlags = [], _ payload: [UInt8]
  ) -> WireFrame {
    WireFrame(.data, stream: stream, ordinal: ordinal, flags: flags, payload: payload)
  }
}

extension MessageArena {
  /// A chat request's head, as far as a plugin sees it.
  func requestHead(
    _ headers: [(String, String)] = [("content-type", "application/json")]
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__RequestHead> {
    part({ patchbay__plugin__v1__request_head__init($0) }) { head, arena in
      head.method = arena.bytes("POST")
      head.scheme = arena.bytes("http")
      head.authority = arena.bytes("gateway.test")
      head.path = arena.bytes("/chat?user=7")
      head.n_headers = headers.count
      head.headers = arena.list(headers.map { arena.header($0.0, $0.1) })
      head.client_address = arena.string("192.0.2.1")
      head.service = arena.string("chat")
      head.route = arena.string("chat-route")
      head.received_us = 1_790_000_000_000_000
    }
  }

  func responseHead(
    _ status: UInt32 = 200
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__ResponseHead> {
    part({ patchbay__plugin__v1__response_head__init($0) }) { head, arena in
      head.status = status
      head.n_headers = 1
      head.headers = arena.list([arena.header("content-type", "text/event-stream")])
      head.after_us = 12_000
      head.source = PATCHBAY__PLUGIN__V1__SOURCE__SOURCE_UPSTREAM
    }
  }

  func splice(
    at offset: UInt64, delete: UInt64, insert: UInt64, secret: String? = nil
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Splice> {
    part({ patchbay__plugin__v1__splice__init($0) }) { splice, arena in
      splice.offset = offset
      splice.delete_ = delete
      splice.insert = insert
      if let secret { splice.secret = arena.string(secret) }
    }
  }
}
