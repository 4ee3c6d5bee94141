// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostHTTP
import HostServices
import HostSigning
import NIOCore
import PluginProtocol

/// What a plugin gets for a service call.
enum ServiceOutcome {
  case error(String, String)
  case value(KeyValueStore.Entry?)
  /// Whether the value was written, and the version that it now has.
  case written(Bool, version: UInt64)
  case count(CounterStore.Count)
  /// A store did not take a write.
  case refused(StoreRefusal)
  /// A code or a token.
  case signature([UInt8])
  case consumer(KnownConsumer?, credential: String)
  case response(status: Int, fields: HeaderFields, edits: HeaderEdits, body: ByteBuffer)

  init(_ outcome: KeyValueStore.OnWrite) {
    switch outcome {
    case .written(let version): self = .written(true, version: version)
    case .mismatch(let version): self = .written(false, version: version)
    case .refused(let refusal): self = .refused(refusal)
    }
  }

  init(_ outcome: CounterStore.OnAdd) {
    switch outcome {
    case .added(let count): self = .count(count)
    case .refused(let refusal): self = .refused(refusal)
    }
  }

  init(_ failure: CredentialFailure) {
    switch failure.kind {
    case .unavailable: self = .error("credentials-unavailable", failure.message)
    case .unusable: self = .error("credentials-unusable", failure.message)
    }
  }

  var payload: ByteBuffer {
    switch self {
    case .error, .refused, .written, .count, .consumer: ByteBuffer()
    case .signature(let bytes): ByteBuffer(bytes: bytes)
    case .value(let entry): entry.map { ByteBuffer(bytes: $0.value) } ?? ByteBuffer()
    case .response(_, _, _, let body): body
    }
  }

  func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__ServiceResult> {
    let message = arena.make { patchbay__plugin__v1__service_result__init($0) }
    message.pointee.body_length = UInt64(payload.readableBytes)
    switch self {
    case .error(let code, let text):
      message.pointee.error = PeerFailure(code: code, message: text).message(in: arena)
    case .refused(let refusal):
      message.pointee.error =
        PeerFailure(code: refusal.code, message: refusal.message).message(in: arena)
    case .value(let entry):
      let value = arena.make { patchbay__plugin__v1__kv_value__init($0) }
      value.pointee.found = entry == nil ? 0 : 1
      value.pointee.version = entry?.version ?? 0
      message.pointee.result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_KV_VALUE
      message.pointee.kv_value = value
    case .written(let isWritten, let version):
      let written = arena.make { patchbay__plugin__v1__kv_written__init($0) }
      written.pointee.written = isWritten ? 1 : 0
      written.pointee.version = version
      message.pointee.result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_KV_WRITTEN
      message.pointee.kv_written = written
    case .count(let count):
      let value = arena.make { patchbay__plugin__v1__counter_value__init($0) }
      value.pointee.value = count.value
      if let end = count.end {
        let now = WallClock.microseconds() / 1000
        value.pointee.window_end_ms = end
        value.pointee.window_left_ms = end > now ? end - now : 0
      }
      message.pointee.result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_COUNTER_VALUE
      message.pointee.counter_value = value
    case .signature:
      message.pointee.signature = arena.make { patchbay__plugin__v1__signature__init($0) }
      message.pointee.result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_SIGNATURE
    case .consumer(let consumer, let credential):
      message.pointee.found_consumer = consumer.found(by: credential, in: arena)
      message.pointee.result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_FOUND_CONSUMER
    case .response(let status, let fields, let edits, _):
      let response = arena.make { patchbay__plugin__v1__http_response__init($0) }
      response.pointee.status = UInt32(status)
      (response.pointee.headers, response.pointee.n_headers) = arena.headers(
        .all(named: HeaderSelection.sensitive), fields, edits)
      message.pointee.result_case = PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_HTTP
      message.pointee.http = response
    }
    return message
  }
}
