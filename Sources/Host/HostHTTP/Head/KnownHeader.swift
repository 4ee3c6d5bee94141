// SPDX-License-Identifier: Apache-2.0

/// The header names that the gateway itself looks at or that most messages have: found without comparing names.
/// All others are `other`.
package enum KnownHeader: UInt8, CaseIterable, Sendable {
  case other
  case accept, acceptEncoding, authorization, connection, contentEncoding, contentLength
  case contentType, cookie, date, expect, forwarded, host, keepAlive, proxyAuthenticate
  case proxyAuthorization, proxyConnection, retryAfter, server, setCookie, te, trailer
  case transferEncoding, upgrade, userAgent, via, xForwardedFor, xForwardedHost, xForwardedPort
  case xForwardedProto, xRealIP

  /// The name in lower case; empty for `other`.
  package var name: StaticString {
    switch self {
    case .other: ""
    case .accept: "accept"
    case .acceptEncoding: "accept-encoding"
    case .authorization: "authorization"
    case .connection: "connection"
    case .contentEncoding: "content-encoding"
    case .contentLength: "content-length"
    case .contentType: "content-type"
    case .cookie: "cookie"
    case .date: "date"
    case .expect: "expect"
    case .forwarded: "forwarded"
    case .host: "host"
    case .keepAlive: "keep-alive"
    case .proxyAuthenticate: "proxy-authenticate"
    case .proxyAuthorization: "proxy-authorization"
    case .proxyConnection: "proxy-connection"
    case .retryAfter: "retry-after"
    case .server: "server"
    case .setCookie: "set-cookie"
    case .te: "te"
    case .trailer: "trailer"
    case .transferEncoding: "transfer-encoding"
    case .upgrade: "upgrade"
    case .userAgent: "user-agent"
    case .via: "via"
    case .xForwardedFor: "x-forwarded-for"
    case .xForwardedHost: "x-forwarded-host"
    case .xForwardedPort: "x-forwarded-port"
    case .xForwardedProto: "x-forwarded-proto"
    case .xRealIP: "x-real-ip"
    }
  }

  /// Whether the field is about one connection only, or frames the body: never forwarded as it came, and never written
  /// by an edit (RFC 9110, 7.6.1). `Expect` is among them because the gateway answers it itself.
  package var isHopByHop: Bool {
    switch self {
    case .connection, .contentLength, .expect, .keepAlive, .proxyConnection, .te, .trailer,
      .transferEncoding, .upgrade:
      true
    default: false
    }
  }

  /// Whether a trailer must not have it: it frames, routes, authenticates or describes content, and would come after
  /// the decision that it asks for (RFC 9110, 6.5.1).
  var isForbiddenInTrailers: Bool {
    switch self {
    case .authorization, .contentEncoding, .contentType, .cookie, .forwarded, .host,
      .proxyAuthenticate, .proxyAuthorization, .setCookie, .xForwardedFor, .xForwardedHost,
      .xForwardedPort, .xForwardedProto, .xRealIP:
      true
    default: isHopByHop
    }
  }
}

extension KnownHeader {
  /// Classifies a name: by its length, then by one letter where lengths are shared, then by all of it.
  @inline(__always)
  init(_ name: RawSpan) {
    let candidate: KnownHeader
    switch name.byteCount {
    case 2: candidate = .te
    case 3: candidate = .via
    case 4: candidate = name[at: 0].lowercased == UInt8(ascii: "h") ? .host : .date
    case 6:
      switch name[at: 0].lowercased {
      case UInt8(ascii: "a"): candidate = .accept
      case UInt8(ascii: "c"): candidate = .cookie
      case UInt8(ascii: "e"): candidate = .expect
      default: candidate = .server
      }
    case 7: candidate = name[at: 0].lowercased == UInt8(ascii: "u") ? .upgrade : .trailer
    case 9: candidate = name[at: 0].lowercased == UInt8(ascii: "x") ? .xRealIP : .forwarded
    case 10:
      switch name[at: 0].lowercased {
      case UInt8(ascii: "c"): candidate = .connection
      case UInt8(ascii: "k"): candidate = .keepAlive
      case UInt8(ascii: "s"): candidate = .setCookie
      default: candidate = .userAgent
      }
    case 11: candidate = .retryAfter
    case 12: candidate = .contentType
    case 13: candidate = .authorization
    case 14: candidate = .contentLength
    case 15:
      candidate = name[at: 0].lowercased == UInt8(ascii: "x") ? .xForwardedFor : .acceptEncoding
    case 16:
      switch name[at: 12].lowercased {
      case UInt8(ascii: "h"): candidate = .xForwardedHost
      case UInt8(ascii: "p"): candidate = .xForwardedPort
      case UInt8(ascii: "d"): candidate = .contentEncoding
      default: candidate = .proxyConnection
      }
    case 17:
      candidate = name[at: 0].lowercased == UInt8(ascii: "x") ? .xForwardedProto : .transferEncoding
    case 18: candidate = .proxyAuthenticate
    case 19: candidate = .proxyAuthorization
    default: candidate = .other
    }
    self = candidate != .other && name.equals(lowercase: candidate.name) ? candidate : .other
  }

  /// Classifies a name, without regard to case.
  package init(_ name: UnsafeRawBufferPointer) { self.init(name.bytes) }
}
