// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol

// Additions, and what the host makes of them when their call is run again.
extension GoldenTranscripts {
  static func counters() throws -> Conversation {
    try Conversation(
      "17-service-counter",
      "During a call the plugin counts: in a window, without one, and more than fits.\n"
        + "The exchange then calls it again, on the same stream: the additions are others."
    ) { talk in
      try talk.begin()
      try talk.say(
        .toPlugin, .data,
        .call(PATCHBAY__PLUGIN__V1__PHASE__PHASE_REQUEST) { call, arena in
          call.request = arena.requestHead()
        })
      try talk.say(.toHost, .data, serviceCall(2) { $0.add("tokens", 120, window: 60_000, &$1) })
      try talk.say(.toPlugin, .data, result(2) { $0.count($1, 4_120, end: 1_790_000_040_000) })
      try talk.say(.toHost, .data, serviceCall(4, sequence: 1) { $0.add("debt", -7, &$1) })
      try talk.say(.toPlugin, .data, result(4) { $0.count($1, -7) })
      try talk.say(
        .toHost, .data, serviceCall(6, sequence: 2) { $0.add("debt", .min, &$1) })
      try talk.say(
        .toPlugin, .data,
        result(6) { result, arena in
          result.error =
            PeerFailure(code: "counter-overflow", message: "it does not fit").message(in: arena)
        })
      try talk.say(.toHost, .data, serviceCall(8, sequence: 3) { $0.read("debt", &$1) })
      try talk.say(.toPlugin, .data, result(8) { $0.count($1, -7) })
      try talk.say(.toHost, .data, .reply())
      try talk.say(
        .toPlugin, .data,
        .call(
          ordinal: 1, flags: .last, PATCHBAY__PLUGIN__V1__PHASE__PHASE_CHUNK,
          payload: Array("done".utf8)
        ) { call, _ in call.last = 1 })
      let again = serviceCall(10, ordinal: 1) { $0.add("tokens", 1, window: 60_000, &$1) }
      try talk.say(.toHost, .data, again)
      try talk.say(.toPlugin, .data, result(10) { $0.count($1, 4_121, end: 1_790_000_040_000) })
      try talk.say(.toHost, .data, .reply(ordinal: 1))
    }
  }
}

extension MessageArena {
  fileprivate func add(
    _ key: String, _ amount: Int64, window: UInt64 = 0,
    _ call: inout Patchbay__Plugin__V1__ServiceCall
  ) {
    call.operation_case = PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_COUNTER_ADD
    call.counter_add = part({ patchbay__plugin__v1__counter_add__init($0) }) { add, arena in
      add.key = arena.bytes(key)
      add.by = amount
      add.window_ms = window
    }
  }

  fileprivate func read(_ key: String, _ call: inout Patchbay__Plugin__V1__ServiceCall) {
    call.operation_case = PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_COUNTER_GET
    call.counter_get = part({ patchbay__plugin__v1__counter_get__init($0) }) { get, arena in
      get.key = arena.bytes(key)
    }
  }
}

extension Patchbay__Plugin__V1__ServiceResult {
  fileprivate mutating func count(_ arena: MessageArena, _ value: Int64, end: UInt64 = 0) {
    result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_COUNTER_VALUE
    counter_value = arena.part({ patchbay__plugin__v1__counter_value__init($0) }) { count, _ in
      count.value = value
      count.window_end_ms = end
      count.window_left_ms = end == 0 ? 0 : 39_000
    }
  }
}
