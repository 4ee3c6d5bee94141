// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol

// Conversations about streamed responses, the end of an exchange, and host services.
extension GoldenTranscripts {
  static func chunks() throws -> Conversation {
    try Conversation(
      "08-chunk-hold",
      "A streamed response is transformed. An event that is cut in two is held by the host and shown\n"
        + "again with its rest; each reply commits the plugin's state."
    ) { talk in
      try talk.begin(4) { $0.stream = .transform }
      let phase = PATCHBAY__PLUGIN__V1__PHASE__PHASE_CHUNK
      try talk.say(
        .toPlugin, .data,
        .call(phase, payload: Array("data: one\n\ndata: t".utf8)) { call, arena in
          call.request = arena.requestHead()
          call.response = arena.responseHead()
        })
      talk.note("'data: t' is held: 7 bytes")
      try talk.say(
        .toHost, .data,
        .reply(payload: Array("ONE".utf8)) { reply, arena in
          reply.n_splices = 1
          reply.splices = arena.list([arena.splice(at: 6, delete: 3, insert: 3)])
          reply.hold = 7
          reply.checkpoint = arena.bytes(#"{"events":1}"#)
        })
      try talk.say(
        .toPlugin, .data,
        .call(ordinal: 1, phase, payload: Array("data: two\n\n".utf8)) { call, _ in
          call.body_offset = 11
        })
      try talk.say(
        .toHost, .data,
        .reply(ordinal: 1) { reply, arena in
          reply.n_splices = 1
          reply.splices = arena.list([arena.splice(at: 0, delete: 11, insert: 0)])
          reply.checkpoint = arena.bytes(#"{"events":2}"#)
        })
      talk.note("the body is over: a last call without bytes")
      try talk.say(
        .toPlugin, .data,
        .call(ordinal: 2, flags: .last, phase) { call, _ in
          call.body_offset = 22
          call.last = 1
        })
      try talk.say(
        .toHost, .data,
        .reply(ordinal: 2, payload: Array("data: end\n\n".utf8)) { reply, arena in
          reply.n_splices = 1
          reply.splices = arena.list([arena.splice(at: 0, delete: 0, insert: 11)])
        })
    }
  }

  static func produce() throws -> Conversation {
    try Conversation(
      "09-produce",
      "The plugin is the source of a streamed response. The host asks for each piece; the reply with\n"
        + "`end` is the last, and the host ends the stream."
    ) { talk in
      try talk.begin()
      try talk.say(
        .toPlugin, .data,
        .call(PATCHBAY__PLUGIN__V1__PHASE__PHASE_REQUEST) { call, arena in
          call.request = arena.requestHead()
        })
      try talk.say(
        .toHost, .data,
        .reply { reply, arena in
          reply.respond = arena.part({ patchbay__plugin__v1__respond__init($0) }) { it, arena in
            it.status = 200
            it.n_headers = 1
            it.headers = arena.list([arena.header("content-type", "text/event-stream")])
            it.produce = 1
          }
        })
      let pieces = ["data: hello\n\n", "data: world\n\n", "data: [DONE]\n\n"]
      for (index, piece) in pieces.enumerated() {
        let ordinal = UInt16(index + 1)
        try talk.say(
          .toPlugin, .data,
          .call(ordinal: ordinal, PATCHBAY__PLUGIN__V1__PHASE__PHASE_PRODUCE))
        try talk.say(
          .toHost, .data,
          .reply(ordinal: ordinal, payload: Array(piece.utf8)) { reply, _ in
            reply.piece_length = UInt64(piece.utf8.count)
            reply.end = index == pieces.count - 1 ? 1 : 0
          })
      }
      try talk.say(
        .toPlugin, .data, .cancel(1, PATCHBAY__PLUGIN__V1__CANCEL__REASON__DONE))
    }
  }

  static func complete() throws -> Conversation {
    try Conversation(
      "10-complete",
      "The exchange is over. The plugin sees how it went and a copy of the request's body; it adds a\n"
        + "log field, a metric and a line for a log file."
    ) { talk in
      try talk.begin(6) { $0.requestBody = true }
      let body = #"{"messages":[]}"#
      try talk.say(
        .toPlugin, .data,
        .call(flags: .last, PATCHBAY__PLUGIN__V1__PHASE__PHASE_COMPLETE, payload: Array(body.utf8))
        {
          call, arena in
          call.request = arena.requestHead()
          call.response = arena.responseHead()
          call.last = 1
          call.request_body_length = UInt64(body.utf8.count)
          call.summary = arena.summary()
        })
      let line = #"{"status":200}"#
      try talk.say(
        .toHost, .data,
        .reply(payload: Array(line.utf8)) { reply, arena in
          reply.n_log_fields = 1
          reply.log_fields = arena.list([arena.logField("hello.seen", "true")])
          reply.n_metrics = 1
          reply.metrics = arena.list([
            arena.part({ patchbay__plugin__v1__metric__init($0) }) { metric, arena in
              metric.name = arena.string("hello_total")
              metric.kind = PATCHBAY__PLUGIN__V1__METRIC__KIND__COUNTER
              metric.value = 1
            }
          ])
          reply.n_log_lines = 1
          reply.log_lines = arena.list([
            arena.part({ patchbay__plugin__v1__log_line__init($0) }) { entry, _ in
              entry.length = UInt64(line.utf8.count)
            }
          ])
        })
    }
  }

  static func service() throws -> Conversation {
    try Conversation(
      "11-service-kv",
      "During a call the plugin reads a value, writes one, and asks for one that the host cannot give.\n"
        + "A service call that is not answered when its call is, is over with it."
    ) { talk in
      try talk.begin()
      try talk.say(.toPlugin, .data, .requestCall())
      try talk.say(.toHost, .data, serviceCall(2) { $0.kvGet("visits", &$1) })
      try talk.say(
        .toPlugin, .data,
        result(2, payload: Array("41".utf8)) { result, arena in
          result.result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_KV_VALUE
          result.kv_value = arena.part({ patchbay__plugin__v1__kv_value__init($0) }) { it, _ in
            it.found = 1
            it.version = 9
          }
        })
      let set = serviceCall(4, sequence: 1, payload: Array("42".utf8)) {
        $0.kvSwap("visits", 9, &$1)
      }
      try talk.say(.toHost, .data, set)
      try talk.say(
        .toHost, .data,
        serviceCall(6, sequence: 2) { $0.kvGet(String(repeating: "k", count: 40), &$1) })
      talk.note("results come in any order")
      try talk.say(
        .toPlugin, .data,
        result(6) { result, arena in
          result.error = PeerFailure(code: "unavailable", message: "no").message(in: arena)
        })
      try talk.say(
        .toPlugin, .data,
        result(4) { result, arena in
          result.result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_KV_WRITTEN
          result.kv_written = arena.part({ patchbay__plugin__v1__kv_written__init($0) }) { it, _ in
            it.written = 1
            it.version = 10
          }
        })
      try talk.say(.toHost, .data, serviceCall(8, sequence: 3) { $0.kvGet("unread", &$1) })
      try talk.cross(.toPlugin, result(8), .reply())
    }
  }

  /// A service call.
  static func serviceCall(
    _ stream: UInt32, parent: UInt32 = 1, ordinal: UInt32 = 0, sequence: UInt32 = 0,
    payload: [UInt8] = [],
    _ operation: (MessageArena, inout Patchbay__Plugin__V1__ServiceCall) -> Void
  ) -> WireFrame {
    let meta = packed({ patchbay__plugin__v1__service_call__init($0) }) { call, arena in
      call.parent_stream = parent
      call.parent_ordinal = ordinal
      call.sequence = sequence
      call.body_length = UInt64(payload.count)
      operation(arena, &call)
    }
    return WireFrame(.serviceCall, stream: stream, meta: meta, payload: payload)
  }

  static func result(
    _ stream: UInt32, payload: [UInt8] = [],
    _ fill: (inout Patchbay__Plugin__V1__ServiceResult, MessageArena) -> Void = { _, _ in }
  ) -> WireFrame {
    let meta = packed({ patchbay__plugin__v1__service_result__init($0) }) { result, arena in
      result.body_length = UInt64(payload.count)
      fill(&result, arena)
    }
    return WireFrame(.serviceResult, stream: stream, meta: meta, payload: payload)
  }
}

extension MessageArena {
  func kvGet(_ key: String, _ call: inout Patchbay__Plugin__V1__ServiceCall) {
    call.operation_case = PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_GET
    call.kv_get = part({ patchbay__plugin__v1__kv_get__init($0) }) { get, arena in
      get.key = arena.bytes(key)
    }
  }

  func kvSwap(
    _ key: String, _ version: UInt64, _ call: inout Patchbay__Plugin__V1__ServiceCall
  ) {
    call.operation_case = PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_COMPARE_AND_SET
    call.kv_compare_and_set =
      part({ patchbay__plugin__v1__kv_compare_and_set__init($0) }) { set, arena in
        set.key = arena.bytes(key)
        set.version = version
        set.ttl_ms = 60_000
      }
  }

  fileprivate func summary() -> UnsafeMutablePointer<Patchbay__Plugin__V1__Summary> {
    part({ patchbay__plugin__v1__summary__init($0) }) { summary, arena in
      summary.status = 200
      summary.source = PATCHBAY__PLUGIN__V1__SOURCE__SOURCE_UPSTREAM
      summary.request_bytes = 15
      summary.response_bytes = 2_048
      summary.first_byte_us = 12_500
      summary.total_us = 80_000
      summary.upstream_us = 12_000
      summary.plugins_us = 90
      summary.n_calls = 1
      summary.calls = arena.list([
        arena.part({ patchbay__plugin__v1__call_outcome__init($0) }) { call, arena in
          call.plugin = arena.string("add-header")
          call.phase = PATCHBAY__PLUGIN__V1__PHASE__PHASE_REQUEST
          call.outcome = arena.string("ok")
          call.duration_us = 42
        }
      ])
      summary.upstream_url = arena.string("https://upstream.test/v1/chat/completions")
      summary.tries = 1
      summary.request_id = arena.string("0123456789abcdef0123456789abcdef")
    }
  }
}
