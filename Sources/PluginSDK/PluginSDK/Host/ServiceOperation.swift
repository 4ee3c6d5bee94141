// SPDX-License-Identifier: Apache-2.0

/// What a plugin asks of the host.
enum ServiceOperation: Sendable {
  case http(HTTPRequest)
  case kvGet(key: String)
  case kvSet(key: String, value: [UInt8], ttl: Duration?)
  case kvDelete(key: String)
  case kvCompareAndSet(key: String, value: [UInt8], version: UInt64, ttl: Duration?)
  /// Windows are in milliseconds; 0: none.
  case counterAdd(key: String, by: Int64, window: UInt64)
  case counterGet(key: String, window: UInt64)
  case signHMAC(message: [UInt8], key: Secret, hash: HashFunction)
  case signJWT(claims: [UInt8], key: Secret, algorithm: JWTAlgorithm, keyID: String?)
  case findCredential(key: [UInt8])
  case findConsumer(name: String)

  private var service: HostService {
    switch self {
    case .http: .http
    case .kvGet, .kvSet, .kvDelete, .kvCompareAndSet: .kv
    case .counterAdd, .counterGet: .counter
    case .signHMAC, .signJWT: .sign
    case .findCredential, .findConsumer: .consumers
    }
  }

  /// The services that the manifest must name.
  var services: [HostService] {
    guard case .http(let request) = self, request.authorization != nil else { return [service] }
    return [service, .sign]
  }

  /// The frame's payload.
  var body: [UInt8] {
    switch self {
    case .http(let request): request.body
    case .kvSet(_, let value, _), .kvCompareAndSet(_, let value, _, _): value
    case .signHMAC(let message, _, _): message
    case .signJWT(let claims, _, _, _): claims
    case .findCredential(let key): key
    case .kvGet, .kvDelete, .counterAdd, .counterGet, .findConsumer: []
    }
  }

  /// Zero: what the call has left.
  var budget: UInt64 {
    guard case .http(let request) = self else { return 0 }
    return request.timeout?.wholeMicroseconds ?? 0
  }
}

/// What the host answered.
struct ServiceReply: Sendable {
  enum Result: Sendable {
    case http(status: Int, headers: Headers)
    /// The version; nil: there is no value.
    case kvValue(version: UInt64?)
    case kvWritten(Bool, version: UInt64)
    case counterValue(CounterValue)
    /// The body is it.
    case signature
    /// Nil: there is none. The credential is empty when it was not asked for.
    case consumer(Consumer?, credential: String)
    /// A result that this SDK does not know.
    case unknown
  }

  let result: Result
  let body: Bytes
}
