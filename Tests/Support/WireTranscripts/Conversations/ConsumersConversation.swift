// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol

// Whose a key is, and who the client is.
extension GoldenTranscripts {
  static func consumers() throws -> Conversation {
    try Conversation(
      "19-consumers",
      "The plugin asks whose a key is, learns that it is nobody's, and lets the client pass as another consumer;\n"
        + "the host shall not log where the key stood."
    ) { talk in
      try talk.begin(services: [7])
      try talk.say(.toPlugin, .data, .requestCall())
      let credential = serviceCall(2, payload: Array("a-key".utf8)) { $0.credential(&$1) }
      try talk.say(.toHost, .data, credential)
      try talk.say(.toPlugin, .data, result(2) { $0.found(nil, $1) })
      try talk.say(.toHost, .data, serviceCall(4, sequence: 1) { $0.consumer(&$1) })
      try talk.say(.toPlugin, .data, result(4) { $0.found("guest", $1) })
      try talk.say(
        .toHost, .data,
        .reply { reply, arena in
          reply.authenticate = arena.part({ patchbay__plugin__v1__authenticate__init($0) }) {
            it, arena in
            it.consumer = arena.string(Self.guest)
          }
          reply.conceal = arena.part({ patchbay__plugin__v1__conceal__init($0) }) { it, arena in
            it.n_headers = 1
            it.headers = arena.array(of: ProtobufCBinaryData.self, count: 1)
            it.headers[0] = arena.bytes("apikey")
            it.n_query = 1
            it.query = arena.array(of: ProtobufCBinaryData.self, count: 1)
            it.query[0] = arena.bytes("apikey")
          }
        })
    }
  }

  static func presented() throws -> Conversation {
    try Conversation(
      "20-presented",
      "The plugin hands over what the client has presented; its response is for the case that it is nobody's."
    ) { talk in
      try talk.begin(services: [7])
      try talk.say(.toPlugin, .data, .requestCall())
      let refusal = Array(#"{"message":"Unauthorized"}"#.utf8)
      try talk.say(
        .toHost, .data,
        .reply(payload: refusal) { reply, arena in
          reply.authenticate = arena.part({ patchbay__plugin__v1__authenticate__init($0) }) {
            it, arena in
            it.presented = arena.part({ patchbay__plugin__v1__presented_credential__init($0) }) {
              it, arena in
              it.kind = PATCHBAY__PLUGIN__V1__CREDENTIAL_KIND__KEY_AUTH
              it.value = arena.bytes("a-key")
            }
          }
          reply.respond = arena.part({ patchbay__plugin__v1__respond__init($0) }) { it, _ in
            it.status = 401
            it.body_length = UInt64(refusal.count)
          }
        })
    }
  }

  fileprivate static let guest = "3fbb1d5a-2d3a-4f0e-9b61-d8f8a4f6a001"
}

extension MessageArena {
  fileprivate func credential(_ call: inout Patchbay__Plugin__V1__ServiceCall) {
    call.operation_case = PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_FIND_CREDENTIAL
    call.find_credential = part({ patchbay__plugin__v1__find_credential__init($0) }) { it, _ in
      it.kind = PATCHBAY__PLUGIN__V1__CREDENTIAL_KIND__KEY_AUTH
    }
  }

  fileprivate func consumer(_ call: inout Patchbay__Plugin__V1__ServiceCall) {
    call.operation_case = PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_FIND_CONSUMER
    call.find_consumer = part({ patchbay__plugin__v1__find_consumer__init($0) }) { it, arena in
      it.name = arena.string("guest")
    }
  }
}

extension Patchbay__Plugin__V1__ServiceResult {
  fileprivate mutating func found(_ username: String?, _ arena: MessageArena) {
    result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_FOUND_CONSUMER
    found_consumer = arena.part({ patchbay__plugin__v1__found_consumer__init($0) }) {
      found, arena in
      guard let username else { return }
      found.consumer = arena.part({ patchbay__plugin__v1__consumer__init($0) }) { it, arena in
        it.id = arena.string(GoldenTranscripts.guest)
        it.username = arena.string(username)
        (it.acl_groups, it.n_acl_groups) = arena.strings(["guests"])
      }
    }
  }
}
