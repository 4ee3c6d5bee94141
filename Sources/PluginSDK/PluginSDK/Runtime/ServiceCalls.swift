// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol

/// The service calls of a connection that wait for their results.
struct ServiceCalls {
  /// Largest result that is gathered; requests name smaller limits.
  private static let bodyLimit: UInt64 = 256 << 20

  private struct Open {
    let exchange: Exchange
    let waiter: Waiter
    /// Set when the result has begun and its payload is still coming.
    var result: Result<ServiceReply.Result, HostError>?
    var body: BodyGatherer?
  }

  private var open: [UInt32: Open] = [:]
  /// The service calls of each call's stream.
  private var children: [UInt32: [UInt32]] = [:]

  mutating func open(_ stream: UInt32, for exchange: Exchange, waiter: Waiter) {
    open[stream] = Open(exchange: exchange, waiter: waiter)
    children[exchange.stream, default: []].append(stream)
  }

  /// The call of a stream is over, and so are its service calls: gives their streams.
  mutating func forget(parent: UInt32) -> [UInt32] {
    guard !children.isEmpty, let streams = children.removeValue(forKey: parent) else { return [] }
    for stream in streams { open[stream] = nil }
    return streams
  }

  /// The service call was not sent after all.
  mutating func abandon(_ stream: UInt32) { _ = close(stream) }

  private mutating func close(_ stream: UInt32) -> Open? {
    guard let entry = open.removeValue(forKey: stream) else { return nil }
    let parent = entry.exchange.stream
    children[parent]?.removeAll { $0 == stream }
    if children[parent]?.isEmpty == true { children[parent] = nil }
    return entry
  }

  mutating func receive(_ frame: Frame, more: Bool) throws(ProtocolViolation) {
    let arena = MessageArena()
    defer { withExtendedLifetime(arena) {} }
    let message = arena.decode(frame.meta) {
      patchbay__plugin__v1__service_result__unpack($0, $1, $2)
    }
    guard let message else { throw .badMessage }
    guard message.pointee.body_length <= Self.bodyLimit else { throw .badLength }
    open[frame.header.stream]?.result = Self.result(message.pointee)
    open[frame.header.stream]?.body = BodyGatherer(expected: Int(message.pointee.body_length))
    try append(frame.payload, on: frame.header.stream, more: more)
  }

  /// Payload of a result; when it was the last, the result is handed over.
  mutating func append(
    _ payload: UnsafeRawBufferPointer, on stream: UInt32, more: Bool
  ) throws(ProtocolViolation) {
    try open[stream]?.body?.append(payload)
    guard !more, let entry = close(stream) else { return }
    switch entry.result {
    case .success(let result):
      let reply = ServiceReply(result: result, body: entry.body?.bytes ?? Bytes())
      entry.exchange.finish(entry.waiter, .success(reply))
    case .failure(let error): entry.exchange.finish(entry.waiter, .failure(error))
    case nil: throw .payloadUnexpected
    }
  }

  private static func result(
    _ message: Patchbay__Plugin__V1__ServiceResult
  ) -> Result<ServiceReply.Result, HostError> {
    if let error = message.error?.pointee {
      return .failure(HostError(code: String(error.code), message: String(error.message)))
    }
    switch message.result_case {
    case PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_HTTP:
      guard let http = message.http?.pointee else { return .success(.unknown) }
      var headers = Headers()
      for index in 0..<http.n_headers {
        guard let header = http.headers[index]?.pointee else { continue }
        headers.add(
          String(decoding: header.name.view, as: UTF8.self),
          String(decoding: header.value.view, as: UTF8.self))
      }
      return .success(.http(status: Int(http.status), headers: headers))
    case PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_KV_VALUE:
      guard let value = message.kv_value?.pointee else { return .success(.unknown) }
      return .success(.kvValue(version: value.found != 0 ? value.version : nil))
    case PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_KV_WRITTEN:
      guard let written = message.kv_written?.pointee else { return .success(.unknown) }
      return .success(.kvWritten(written.written != 0, version: written.version))
    case PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_COUNTER_VALUE:
      guard let count = message.counter_value?.pointee else { return .success(.unknown) }
      let isEndless = count.window_end_ms == 0
      return .success(
        .counterValue(
          CounterValue(
            value: count.value, windowEnd: isEndless ? nil : count.window_end_ms,
            timeLeft: isEndless ? nil : .milliseconds(Int64(clamping: count.window_left_ms)))))
    case PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_SIGNATURE: return .success(.signature)
    case PATCHBAY__PLUGIN__V1__SERVICE_RESULT__RESULT_FOUND_CONSUMER:
      guard let found = message.found_consumer?.pointee else { return .success(.unknown) }
      return .success(
        .consumer(
          (found.consumer?.pointee).map { Consumer($0) }, credential: String(found.credential)))
    default: return .success(.unknown)
    }
  }
}

// The numbers are those of the fields of `patchbay.plugin.v1.ServiceCall`.
extension ServiceOperation {
  func write(to message: MessageWriter) {
    message.number(4, budget)
    message.number(5, body.count)
    switch self {
    case .http(let request):
      message.message(16) { http in
        http.text(1, request.method)
        http.text(2, request.url)
        for edit in request.headers.edits { http.header(3, edit) }
        for edit in request.query.edits { http.query(4, edit) }
        http.number(5, request.responseLimit ?? 0)
        if let authorization = request.authorization { http.authorization(6, authorization) }
        if let proxy = request.proxy {
          http.message(7) {
            $0.text(1, proxy.host)
            $0.number(2, proxy.port)
          }
        }
        http.flag(8, !request.verifiesCertificate)
        for place in request.bodySecrets {
          http.message(9) {
            $0.number(1, place.offset)
            $0.text(2, place.secret.handle)
            $0.flag(3, place.inJSONString)
          }
        }
      }
    case .kvGet(let key): message.message(17) { $0.text(1, key) }
    case .kvSet(let key, _, let ttl):
      message.message(18) {
        $0.text(1, key)
        $0.number(2, ttl?.wholeMilliseconds ?? 0)
      }
    case .kvDelete(let key): message.message(19) { $0.text(1, key) }
    case .kvCompareAndSet(let key, _, let version, let ttl):
      message.message(20) {
        $0.text(1, key)
        $0.number(2, version)
        $0.number(3, ttl?.wholeMilliseconds ?? 0)
      }
    case .counterAdd(let key, let amount, let window):
      message.message(21) {
        $0.text(1, key)
        $0.number(2, amount)
        $0.number(3, window)
      }
    case .counterGet(let key, let window):
      message.message(22) {
        $0.text(1, key)
        $0.number(2, window)
      }
    case .signHMAC(_, let key, let hash):
      message.message(26) {
        $0.text(1, key.handle)
        $0.number(2, hash.rawValue)
      }
    case .signJWT(_, let key, let algorithm, let keyID):
      message.message(27) {
        $0.text(1, key.handle)
        $0.number(2, algorithm.rawValue)
        if let keyID { $0.text(3, keyID) }
      }
    case .findCredential: message.message(28) { $0.number(1, CredentialKind.key) }
    case .findConsumer(let name): message.message(29) { $0.text(1, name) }
    }
  }
}
