// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol

// What the host signs, for the plugin and for requests that leave.
extension GoldenTranscripts {
  static func authorization() throws -> Conversation {
    try Conversation(
      "18-authorization",
      "The plugin has something signed, sends a request of its own with an OAuth token that it never sees,\n"
        + "and lets the host sign the exchange's request as AWS wants it."
    ) { talk in
      try talk.begin(services: [1, 5])
      try talk.say(.toPlugin, .data, .requestCall())
      let hmac = serviceCall(2, payload: Array("message".utf8)) { $0.hmac(&$1) }
      try talk.say(.toHost, .data, hmac)
      try talk.say(.toPlugin, .data, result(2, payload: [0xC0, 0xDE]) { $0.signature($1) })
      let jwt = serviceCall(4, sequence: 1, payload: Array(#"{"sub":"me"}"#.utf8)) { $0.jwt(&$1) }
      try talk.say(.toHost, .data, jwt)
      try talk.say(
        .toPlugin, .data,
        result(4) { result, arena in
          result.error =
            PeerFailure(code: "bad-key", message: "the key is no RSA key in PEM").message(in: arena)
        })
      try talk.say(.toHost, .data, serviceCall(6, sequence: 2) { $0.fetch(&$1) })
      try talk.say(
        .toPlugin, .data,
        result(6) { result, arena in
          result.result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_HTTP
          result.http = arena.part({ patchbay__plugin__v1__http_response__init($0) }) { it, _ in
            it.status = 204
          }
        })
      try talk.say(
        .toHost, .data,
        .reply { reply, arena in
          reply.authorization = arena.aws()
        })
    }
  }
}

extension MessageArena {
  fileprivate func hmac(_ call: inout Patchbay__Plugin__V1__ServiceCall) {
    call.operation_case = PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_SIGN_HMAC
    call.sign_hmac = part({ patchbay__plugin__v1__sign_hmac__init($0) }) { sign, arena in
      sign.key = arena.string("secret-1")
      sign.hash = PATCHBAY__PLUGIN__V1__HASH_FUNCTION__SHA512
    }
  }

  fileprivate func jwt(_ call: inout Patchbay__Plugin__V1__ServiceCall) {
    call.operation_case = PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_SIGN_JWT
    call.sign_jwt = part({ patchbay__plugin__v1__sign_jwt__init($0) }) { sign, arena in
      sign.key = arena.string("secret-1")
      sign.algorithm = PATCHBAY__PLUGIN__V1__JWT_ALGORITHM__RS256
      sign.key_id = arena.string("key-7")
    }
  }

  fileprivate func fetch(_ call: inout Patchbay__Plugin__V1__ServiceCall) {
    call.operation_case = PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_HTTP
    call.http = part({ patchbay__plugin__v1__http_request__init($0) }) { http, arena in
      http.method = arena.bytes("GET")
      http.url = arena.string("https://api.test/")
      http.authorization = arena.bearer()
    }
  }

  private func bearer() -> UnsafeMutablePointer<Patchbay__Plugin__V1__Authorization> {
    part({ patchbay__plugin__v1__authorization__init($0) }) { authorization, arena in
      authorization.scheme_case = PATCHBAY__PLUGIN__V1__AUTHORIZATION__SCHEME_BEARER
      authorization.bearer = arena.part({ patchbay__plugin__v1__oauth_token__init($0) }) {
        token, arena in
        token.grant_case = PATCHBAY__PLUGIN__V1__OAUTH_TOKEN__GRANT_CLIENT_CREDENTIALS
        token.client_credentials = arena.part({
          patchbay__plugin__v1__client_credentials__init($0)
        }) { grant, arena in
          grant.token_url = arena.string("https://login.test/token")
          grant.client_id = arena.string("client")
          grant.client_secret = arena.string("secret-2")
          grant.scope = arena.string("https://api.test/.default")
        }
      }
    }
  }

  fileprivate func aws() -> UnsafeMutablePointer<Patchbay__Plugin__V1__Authorization> {
    part({ patchbay__plugin__v1__authorization__init($0) }) { authorization, arena in
      authorization.scheme_case = PATCHBAY__PLUGIN__V1__AUTHORIZATION__SCHEME_AWS
      authorization.aws = arena.part({ patchbay__plugin__v1__aws_signature__init($0) }) {
        aws, arena in
        aws.service = arena.string("bedrock")
        aws.region = arena.string("eu-west-1")
        aws.access_key = arena.string("secret-3")
        aws.secret_key = arena.string("secret-4")
        aws.role = arena.part({ patchbay__plugin__v1__aws_role__init($0) }) { role, arena in
          role.arn = arena.string("arn:aws:iam::123456789012:role/models")
        }
      }
    }
  }
}

extension Patchbay__Plugin__V1__ServiceResult {
  fileprivate mutating func signature(_ arena: MessageArena) {
    result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_SIGNATURE
    signature = arena.part({ patchbay__plugin__v1__signature__init($0) })
  }
}
