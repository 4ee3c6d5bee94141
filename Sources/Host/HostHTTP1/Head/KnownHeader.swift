// SPDX-License-Identifier: Apache-2.0

/// The headers that the codec itself has to understand. All others are `other`.
package enum KnownHeader: UInt8, Sendable {
  case other
  case host
  case connection
  case contentLength
  case transferEncoding
  case keepAlive
  case proxyConnection
  case te
  case trailer
  case upgrade
  case expect
  case contentType
  case date
  case via
  case proxyAuthenticate
  case proxyAuthorization

  /// Classifies a name by its length, then by its bytes.
  @inline(__always)
  init(_ name: UnsafeRawBufferPointer) {
    switch name.count {
    case 2: self = name.equals(lowercase: "te") ? .te : .other
    case 3: self = name.equals(lowercase: "via") ? .via : .other
    case 4:
      if name.equals(lowercase: "host") {
        self = .host
      } else {
        self = name.equals(lowercase: "date") ? .date : .other
      }
    case 6: self = name.equals(lowercase: "expect") ? .expect : .other
    case 7:
      if name.equals(lowercase: "upgrade") {
        self = .upgrade
      } else {
        self = name.equals(lowercase: "trailer") ? .trailer : .other
      }
    case 10:
      if name.equals(lowercase: "connection") {
        self = .connection
      } else {
        self = name.equals(lowercase: "keep-alive") ? .keepAlive : .other
      }
    case 12: self = name.equals(lowercase: "content-type") ? .contentType : .other
    case 14: self = name.equals(lowercase: "content-length") ? .contentLength : .other
    case 16: self = name.equals(lowercase: "proxy-connection") ? .proxyConnection : .other
    case 17: self = name.equals(lowercase: "transfer-encoding") ? .transferEncoding : .other
    case 18: self = name.equals(lowercase: "proxy-authenticate") ? .proxyAuthenticate : .other
    case 19: self = name.equals(lowercase: "proxy-authorization") ? .proxyAuthorization : .other
    default: self = .other
    }
  }

  /// Whether the field is about one connection only, or frames the body: never forwarded as it is (RFC 9110, 7.6.1).
  var isHopByHop: Bool {
    switch self {
    case .connection, .keepAlive, .proxyConnection, .te, .trailer, .upgrade, .transferEncoding,
      .contentLength, .expect:
      true
    case .other, .host, .contentType, .date, .via, .proxyAuthenticate, .proxyAuthorization: false
    }
  }
}
