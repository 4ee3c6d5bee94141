// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol

// Conversations about exchanges.
extension GoldenTranscripts {
  private static let requestPhase = PATCHBAY__PLUGIN__V1__PHASE__PHASE_REQUEST

  static func request() throws -> Conversation {
    try Conversation(
      "03-request-headers",
      "One call of the request phase. The reply edits headers and the query, takes another target,\n"
        + "and lets the host fill in a secret."
    ) { talk in
      try talk.begin { $0.headers = ["content-type"] }
      try talk.say(
        .toPlugin, .data,
        .call(flags: .last, requestPhase) { call, arena in
          call.request = arena.requestHead()
          call.n_variables = 1
          call.variables = arena.list([arena.variable("tenant", integer: 7)])
        })
      try talk.say(
        .toHost, .data,
        .reply { reply, arena in
          let edits = [
            arena.edit(PATCHBAY__PLUGIN__V1__HEADER_EDIT__ACTION__SET, "x-hello", "world"),
            arena.edit(PATCHBAY__PLUGIN__V1__HEADER_EDIT__ACTION__ADD, "via", "1.1 patchbay"),
            arena.edit(PATCHBAY__PLUGIN__V1__HEADER_EDIT__ACTION__REMOVE, "cookie"),
            arena.edit(
              PATCHBAY__PLUGIN__V1__HEADER_EDIT__ACTION__SET_IF_ABSENT, "authorization",
              secret: "secret-1"),
          ]
          reply.n_request_headers = edits.count
          reply.request_headers = arena.list(edits)
          reply.path = arena.bytes("/v1/chat/completions")
          reply.n_query = 1
          reply.query = arena.list([
            arena.part({ patchbay__plugin__v1__query_edit__init($0) }) { edit, arena in
              edit.name = arena.bytes("user")
            }
          ])
          reply.target = arena.part({ patchbay__plugin__v1__target__init($0) }) { target, arena in
            target.scheme = arena.string("https")
            target.host = arena.string("upstream.test")
            target.port = 8443
          }
        })
    }
  }

  static func bodyInPieces() throws -> Conversation {
    try Conversation(
      "04-body-in-pieces",
      "A body of 40,000 bytes against a window of 16 KiB: it comes in pieces, as the plugin gives\n"
        + "credit, and a body of the same size goes back."
    ) { talk in
      try talk.begin(limits: Conversation.smallLimits) { $0.wantsBody = true }
      func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: UInt8(ascii: "a"), count: count) }
      try talk.say(
        .toPlugin, .data,
        .call(flags: [.last, .more], requestPhase, payload: bytes(16_384)) { call, arena in
          call.request = arena.requestHead()
          call.body_length = 40_000
        })
      try talk.say(.toPlugin, .data, .data(flags: .more, bytes(16_384)))
      try talk.say(.toPlugin, .data, .data(bytes(7_232)))
      try talk.say(
        .toHost, .data,
        .reply(flags: .more, payload: bytes(10_000)) { reply, arena in
          reply.n_splices = 1
          reply.splices = arena.list([arena.splice(at: 0, delete: 40_000, insert: 40_000)])
        })
      try talk.say(.toHost, .data, .data(flags: .more, bytes(16_000)))
      try talk.say(.toHost, .data, .data(flags: .more, bytes(13_999)))
      try talk.say(.toHost, .data, .data(bytes(1)))
    }
  }

  static func earlyReply() throws -> Conversation {
    try Conversation(
      "05-early-reply",
      "The plugin answers before all of the body is there. What is under way is dropped, the rest is\n"
        + "not sent, and the stream goes on with its next call."
    ) { talk in
      try talk.begin(limits: Conversation.smallLimits) { $0.wantsBody = true }
      try talk.say(
        .toPlugin, .data,
        .call(flags: .more, requestPhase, payload: [UInt8](repeating: 0x62, count: 1_000)) {
          call, arena in
          call.request = arena.requestHead()
          call.body_length = 30_000
        })
      try talk.cross(
        .toPlugin, .data(flags: .more, [UInt8](repeating: 0x62, count: 1_000)),
        .reply { reply, arena in
          reply.n_request_headers = 1
          reply.request_headers = arena.list([
            arena.edit(PATCHBAY__PLUGIN__V1__HEADER_EDIT__ACTION__SET, "x-seen", "enough")
          ])
        })
      try talk.say(
        .toPlugin, .data,
        .call(ordinal: 1, flags: .last, PATCHBAY__PLUGIN__V1__PHASE__PHASE_RESPONSE) {
          call, arena in
          call.response = arena.responseHead()
        })
      try talk.say(.toHost, .data, .reply(ordinal: 1))
    }
  }

  static func splice() throws -> Conversation {
    try Conversation(
      "06-splice",
      "Edits of a body, in the coordinates of the body that was shown: an insertion, a replacement\n"
        + "and a secret. The payload holds only what is inserted."
    ) { talk in
      try talk.begin { $0.wantsBody = true }
      let body = #"{"messages":[{"role":"user"}],"key":"?"}"#
      try talk.say(
        .toPlugin, .data,
        .call(flags: .last, requestPhase, payload: Array(body.utf8)) { call, arena in
          call.request = arena.requestHead()
        })
      let first = #"{"role":"system"},"#
      try talk.say(
        .toHost, .data,
        .reply(payload: Array((first + "secret").utf8)) { reply, arena in
          let splices = [
            arena.splice(at: 13, delete: 0, insert: UInt64(first.utf8.count)),
            arena.splice(at: 31, delete: 3, insert: 6),
            arena.splice(at: 37, delete: 1, insert: 0, secret: "secret-1"),
          ]
          splices[2].pointee.json = 1
          reply.n_splices = splices.count
          reply.splices = arena.list(splices)
        })
    }
  }

  static func respond() throws -> Conversation {
    try Conversation(
      "07-respond",
      "The plugin answers the client itself: the exchange never reaches an upstream."
    ) { talk in
      try talk.begin()
      try talk.say(
        .toPlugin, .data,
        .call(flags: .last, requestPhase) { call, arena in call.request = arena.requestHead() })
      let body = #"{"message":"no"}"#
      try talk.say(
        .toHost, .data,
        .reply(payload: Array(body.utf8)) { reply, arena in
          reply.respond = arena.part({ patchbay__plugin__v1__respond__init($0) }) { it, arena in
            it.status = 403
            it.n_headers = 1
            it.headers = arena.list([arena.header("content-type", "application/json")])
            it.body_length = UInt64(body.utf8.count)
          }
          reply.n_variables = 1
          reply.variables = arena.list([arena.variable("blocked", integer: 1)])
        })
    }
  }

  static func cancel() throws -> Conversation {
    try Conversation(
      "12-cancel",
      "The client leaves during a call. The plugin's reply passes the cancellation under way, and is\n"
        + "dropped; so is a service call. The next stream is not touched by it."
    ) { talk in
      try talk.begin()
      try talk.say(
        .toPlugin, .data, .call(requestPhase) { call, arena in call.request = arena.requestHead() })
      try talk.cross(
        .toPlugin, .cancel(1, PATCHBAY__PLUGIN__V1__CANCEL__REASON__CLIENT_GONE), .reply())
      try talk.say(
        .toPlugin, .data,
        .call(on: 3, requestPhase) { call, arena in
          call.exchange += 1
          call.request = arena.requestHead()
        })
      try talk.cross(
        .toPlugin, .cancel(3, PATCHBAY__PLUGIN__V1__CANCEL__REASON__DEADLINE),
        serviceCall(2, parent: 3) { $0.kvGet("visits", &$1) })
      try talk.say(
        .toPlugin, .data,
        .call(on: 5, flags: .last, requestPhase) { call, arena in
          call.exchange += 2
          call.request = arena.requestHead()
        })
      try talk.say(.toHost, .data, .reply(on: 5) { reply, _ in reply.exchange += 2 })
    }
  }

  static func lastReply() throws -> Conversation {
    try Conversation(
      "21-last-reply",
      "The plugin wants nothing more of the exchange: its reply ends the stream, of which the host need\n"
        + "say nothing. A cancellation that the reply passed under way is dropped."
    ) { talk in
      try talk.begin()
      try talk.say(
        .toPlugin, .data, .call(requestPhase) { call, arena in call.request = arena.requestHead() })
      try talk.say(.toHost, .data, .reply(flags: .last))
      try talk.say(
        .toPlugin, .data,
        .call(on: 3, requestPhase) { call, arena in
          call.exchange += 1
          call.request = arena.requestHead()
        })
      try talk.cross(
        .toPlugin, .cancel(3, PATCHBAY__PLUGIN__V1__CANCEL__REASON__CLIENT_GONE),
        .reply(on: 3, flags: .last) { reply, _ in reply.exchange += 1 })
    }
  }
}
