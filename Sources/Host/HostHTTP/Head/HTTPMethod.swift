// SPDX-License-Identifier: Apache-2.0

/// The methods that differ for a gateway. Methods are compared with their case (RFC 9110, 9.1).
package enum HTTPMethod: UInt8, Sendable {
  case get, head, post, put, delete, options, patch, trace, connect
  /// Any other token; the head has its bytes.
  case other

  package init(_ name: UnsafeRawBufferPointer) { self.init(name.bytes) }

  init(_ name: RawSpan) {
    self =
      switch name.byteCount {
      case 3: name.equals("GET") ? .get : name.equals("PUT") ? .put : .other
      case 4: name.equals("POST") ? .post : name.equals("HEAD") ? .head : .other
      case 5: name.equals("PATCH") ? .patch : name.equals("TRACE") ? .trace : .other
      case 6: name.equals("DELETE") ? .delete : .other
      case 7: name.equals("OPTIONS") ? .options : name.equals("CONNECT") ? .connect : .other
      default: .other
      }
  }
}

extension HTTPMethod {
  /// Whether a request may reach its server twice without harm (RFC 9110, 9.2.2).
  package var isIdempotent: Bool {
    switch self {
    case .get, .head, .options, .put, .delete, .trace: true
    case .post, .patch, .connect, .other: false
    }
  }
}
