// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol
import PluginSDK

/// A service call as it was received.
enum DecodedServiceCall: Sendable {
  case http(ServiceRequest)
  case get(key: String)
  case set(key: String, value: [UInt8])
  case delete(key: String)
  case compareAndSet(key: String, value: [UInt8], version: UInt64)
  case add(key: String, by: Int64, window: UInt64)
  case count(key: String, window: UInt64)
  case sign(SignRequest)
  case findCredential(key: [UInt8])
  case findConsumer(name: String)
  case unknown

  /// Whether it must not be done twice.
  var isWrite: Bool {
    switch self {
    case .set, .delete, .compareAndSet, .add: true
    case .http, .get, .count, .sign, .findCredential, .findConsumer, .unknown: false
    }
  }

  init(_ message: Patchbay__Plugin__V1__ServiceCall, body: [UInt8]) {
    self = .unknown
    switch message.operation_case {
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_HTTP:
      guard let http = message.http?.pointee else { return }
      var headers = Headers()
      for edit in each(http.headers, http.n_headers) {
        let isSecret = edit.source_case == PATCHBAY__PLUGIN__V1__HEADER_EDIT__SOURCE_SECRET
        headers.add(String(edit.name), isSecret ? "(secret)" : String(edit.value))
      }
      var query: [(name: String, value: String)] = []
      for edit in each(http.query, http.n_query) {
        let isSecret = edit.source_case == PATCHBAY__PLUGIN__V1__QUERY_EDIT__SOURCE_SECRET
        query.append((String(edit.name), isSecret ? "(secret)" : String(edit.value)))
      }
      var body = body
      for place in each(http.body_secrets, http.n_body_secrets).reversed() {
        body.insert(contentsOf: "(secret)".utf8, at: Int(place.offset))
      }
      self = .http(
        ServiceRequest(
          method: String(http.method), url: String(http.url), headers: headers, query: query,
          body: body, authorization: (http.authorization?.pointee).flatMap { Authorization($0) },
          proxy: (http.proxy?.pointee).map {
            ForwardProxy(host: String($0.host), port: Int($0.port))
          }, verifiesCertificate: http.trusts_anybody == 0))
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_GET:
      if let get = message.kv_get?.pointee { self = .get(key: String(get.key)) }
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_SET:
      if let set = message.kv_set?.pointee { self = .set(key: String(set.key), value: body) }
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_DELETE:
      if let delete = message.kv_delete?.pointee { self = .delete(key: String(delete.key)) }
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_KV_COMPARE_AND_SET:
      if let set = message.kv_compare_and_set?.pointee {
        self = .compareAndSet(key: String(set.key), value: body, version: set.version)
      }
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_COUNTER_ADD:
      if let add = message.counter_add?.pointee {
        self = .add(key: String(add.key), by: add.by, window: add.window_ms)
      }
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_COUNTER_GET:
      if let get = message.counter_get?.pointee {
        self = .count(key: String(get.key), window: get.window_ms)
      }
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_SIGN_HMAC:
      if let sign = message.sign_hmac?.pointee, let request = SignRequest(sign, body) {
        self = .sign(request)
      }
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_SIGN_JWT:
      if let sign = message.sign_jwt?.pointee, let request = SignRequest(sign, body) {
        self = .sign(request)
      }
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_FIND_CREDENTIAL:
      if let find = message.find_credential?.pointee,
        find.kind == PATCHBAY__PLUGIN__V1__CREDENTIAL_KIND__KEY_AUTH
      {
        self = .findCredential(key: body)
      }
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_FIND_CONSUMER:
      if let find = message.find_consumer?.pointee { self = .findConsumer(name: String(find.name)) }
    default: break
    }
  }
}
