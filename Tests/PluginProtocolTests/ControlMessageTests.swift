// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol
import Testing
import WireTranscripts

struct ControlMessageTests {
  private static var subscription: SubscriptionMessage {
    var condition = ConditionMessage()
    condition.methods = ["POST", "PUT"]
    condition.pathPrefixes = ["/v1", ""]
    condition.headers = [
      ConditionMessage.Header(name: "x-a", value: nil),
      ConditionMessage.Header(name: "x-b", value: "ü"),
    ]
    condition.contentTypes = ["application/json"]
    condition.minBody = 1
    condition.maxBody = .max
    var subscription = SubscriptionMessage(phase: 4)
    subscription.wantsBody = true
    subscription.stream = .transform
    subscription.headers = ["*", "cookie"]
    subscription.variables = ["consumer"]
    subscription.condition = condition
    subscription.bodyLimit = 1 << 40
    subscription.inspects = true
    subscription.deadlineMilliseconds = 5000
    subscription.requestBody = true
    subscription.responseBody = true
    return subscription
  }

  private static let messages: [ControlMessage] = [
    .hello(
      ControlMessage.Hello(
        versions: 1...7, host: "patchbay/1.0", incarnation: .max, dataConnections: 2,
        limits: ConnectionLimits(
          maxFrame: 1 << 21, maxMeta: 1 << 16, streamWindow: 1 << 20, connectionWindow: 1 << 22,
          maxStreams: 1))),
    .ready(
      ControlMessage.Ready(
        version: 1,
        manifest: PackageManifest(
          name: "n", version: "1.2.3", priority: -5, phases: [1, 2, 3, 4, 5, 6, 99],
          configSchema: Array("{}".utf8), services: [1, 5], failsOpen: true, stateVersion: 3,
          permissions: ["network", "read:/etc/ssl"], position: 7,
          withoutConsumers: true, withoutSingleConsumers: true),
        limits: ConnectionLimits(), sdk: "")),
    .ready(
      ControlMessage.Ready(
        version: 1,
        manifest: PackageManifest(
          name: "n", version: "1.2.3", priority: 5, phases: [], configSchema: [], services: [],
          failsOpen: false, stateVersion: 1, position: 0), limits: ConnectionLimits(), sdk: "")),
    .configure(
      ControlMessage.Configure(generation: 0, isDryRun: false, instances: [], oldestGeneration: 0)),
    .configure(
      ControlMessage.Configure(
        generation: .max, isDryRun: true,
        instances: (0..<40).map {
          ControlMessage.Configure.Instance(
            instance: $0, id: "id-\($0)", config: [UInt8](repeating: 0, count: Int($0)))
        }, oldestGeneration: 7, liveGenerations: [7, 9, .max])),
    .configured(
      ControlMessage.Configured(
        generation: 9,
        instances: [
          ControlMessage.Configured.Instance(
            instance: 1, subscriptions: [subscription, SubscriptionMessage(phase: 1)],
            diagnostics: [
              ControlMessage.Configured.Diagnostic(
                isWarning: true, pointer: "/a/0", message: "m"),
              ControlMessage.Configured.Diagnostic(isWarning: false, pointer: "", message: ""),
            ], logFiles: ["/tmp/a.log", ""]),
          ControlMessage.Configured.Instance(
            instance: 2, subscriptions: [], diagnostics: [], logFiles: []),
        ])),
    .ping(nonce: 0), .ping(nonce: .max), .pong(nonce: 1, inFlight: .max),
    .drain(deadlineMilliseconds: 30_000), .drained,
    .failure(PeerFailure(code: "c", message: "m", hint: "h")),
    .log(ControlMessage.LogLine(level: 4, message: "zwölf Boxkämpfer 🥊", exchange: .max)),
  ]

  @Test(arguments: messages)
  func `a message is the same after its way over the wire`(message: ControlMessage) throws {
    var bytes = message.frame()[...]
    let decoder = FrameDecoder(maxFrame: 1 << 24, maxMeta: 1 << 24)
    let frame = try #require(try decoder.frames(in: &bytes).first)
    let type = try #require(try ControlConnection.type(of: frame.header))
    #expect(type == message.frameType)
    #expect(try frame.controlMessage(type) == message)
  }

  @Test(arguments: messages)
  func `no beginning of a message and no byte in it makes the decoder fall`(
    message: ControlMessage
  ) {
    let meta = Array(message.frame().dropFirst(FrameHeader.size))
    let type = message.frameType
    for count in 0..<min(meta.count, 600) {
      _ = try? WireFrame(type, meta: Array(meta.prefix(count))).controlMessage(type)
    }
    for index in 0..<min(meta.count, 300) {
      for value: UInt8 in [0, 0x7F, 0x80, 0xFF] {
        var changed = meta
        changed[index] = value
        _ = try? WireFrame(type, meta: changed).controlMessage(type)
      }
    }
  }

  @Test func `texts that are not UTF-8 are refused`() {
    let code: [UInt8] = [0x0A, 2, 0xC3, 0x28]
    #expect(throws: ProtocolViolation.badText) {
      try WireFrame(.failure, meta: code).controlMessage(.failure)
    }
    let line: [UInt8] = [0x12, 1, 0xFF]
    #expect(throws: ProtocolViolation.badText) {
      try WireFrame(.log, meta: line).controlMessage(.log)
    }
  }

  @Test(arguments: [
    [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F],  // a text of 4 GiB
    [0x0A, 0x7F],  // longer than the message
    [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],  // a tag without end
    [0x0B],  // a group
    [0x00],  // field 0
  ])
  func `what is no message is refused`(meta: [UInt8]) {
    #expect(throws: ProtocolViolation.badMessage) {
      try WireFrame(.failure, meta: meta).controlMessage(.failure)
    }
  }

  @Test func `a Hello without a range and a Ready without a manifest are refused`() {
    let hello: [UInt8] = [0x08, 2, 0x10, 1]
    #expect(throws: ProtocolViolation.badMessage) {
      try WireFrame(.hello, meta: hello).controlMessage(.hello)
    }
    #expect(throws: ProtocolViolation.badMessage) {
      try WireFrame(.ready, meta: [0x08, 1]).controlMessage(.ready)
    }
  }

  @Test func `a message that unpacks to many times its size is refused`() {
    // Empty instances: two bytes each on the wire, many in memory.
    let meta = empties(field: 3, count: 2 << 20)
    #expect(throws: ProtocolViolation.badMessage) {
      try WireFrame(.configure, meta: meta).controlMessage(.configure)
    }
  }

  @Test func `limits have a least, and messages at most half of a frame`() {
    let least = ConnectionLimits(
      maxFrame: 1, maxMeta: 1, streamWindow: 1, connectionWindow: 1, maxStreams: 1)
    #expect(least.maxFrame == 64 << 10)
    #expect(least.maxMeta == 16 << 10)
    let small = ConnectionLimits(
      maxFrame: 64 << 10, maxMeta: 0, streamWindow: 0, connectionWindow: 0, maxStreams: 0)
    #expect(small.maxMeta == 32 << 10)
    #expect(small.maxPayload == 32 << 10)
    #expect(small.streamWindow == 256 << 10)
  }
}

/// So many empty messages in a field, and more: doubled until it is enough.
private func empties(field: UInt8, count: Int) -> [UInt8] {
  var meta: [UInt8] = [field << 3 | 2, 0]
  while meta.count < count * 2 { meta += meta }
  return meta
}

struct MessageArenaTests {
  @Test func `an arena gives no more than its limit, and all of it again after a reset`() {
    let arena = MessageArena(block: 1024, limit: 64 << 10)
    for _ in 0..<3 {
      var given = 0
      while arena.allocate(100) != nil { given += 112 }
      #expect(given > 60 << 10)
      #expect(given <= 65 << 10)
      arena.reset()
    }
    #expect(arena.allocate(-1) == nil)
    #expect(arena.allocate(.max) == nil)
    #expect(arena.allocate(.max - 15) == nil)
    #expect(arena.allocate(64 << 10) != nil)
    #expect(arena.allocate(0) != nil)
  }

  @Test func `a decoder that runs out of memory gives nothing`() {
    let meta = empties(field: 4, count: 32 << 10)
    let arena = MessageArena(block: 1024, limit: 128 << 10)
    let reply = meta.withUnsafeBytes { bytes in
      arena.decode(bytes) { patchbay__plugin__v1__reply__unpack($0, $1, $2) }
    }
    #expect(reply == nil)
  }
}
