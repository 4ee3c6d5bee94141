// SPDX-License-Identifier: Apache-2.0

/// How the length of a body is told (RFC 9112, 6.3).
package enum BodyFraming: Equatable, Sendable {
  /// There is no body, and nothing is said of one.
  case none
  /// Bytes, as `Content-Length` says.
  case length(Int)
  /// `Transfer-Encoding: chunked`.
  case chunked
  /// A response that ends with its connection.
  case untilClose

  /// Whether bytes of a body follow the head. Of a chunked body only its end tells.
  package var hasBody: Bool {
    switch self {
    case .none: false
    case .length(let length): length > 0
    case .chunked, .untilClose: true
    }
  }
}

/// The versions of HTTP that this codec reads. It writes 1.1 only.
package enum HTTPVersion: UInt8, Sendable {
  /// Knows no chunks, and closes unless asked not to.
  case http10
  case http11
}
