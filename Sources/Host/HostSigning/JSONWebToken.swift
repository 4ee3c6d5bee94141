// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A JSON Web Token in its compact form (RFC 7519, RFC 7515).
package struct JSONWebToken: Sendable {
  /// How it is signed (RFC 7518, 3).
  package enum Key {
    /// HMAC with SHA-256; not empty.
    case hs256([UInt8])
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256(RSAKey)

    fileprivate var algorithm: String {
      switch self {
      case .hs256: "HS256"
      case .rs256: "RS256"
      }
    }
  }

  /// Whether the bytes are a JSON object.
  package static func areClaims(_ bytes: [UInt8]) -> Bool {
    (try? JSONSerialization.jsonObject(with: Data(bytes))) is [String: Any]
  }

  /// `header.claims.signature`.
  package let bytes: [UInt8]

  /// - Parameters:
  ///   - claims: a JSON object.
  ///   - keyID: `kid` of the header; nil: it has none.
  /// - Throws: when the key cannot sign.
  package init(claims: [UInt8], key: Key, keyID: String?) throws(RSAKey.Unusable) {
    var header = #"{"alg":"\#(key.algorithm)","typ":"JWT""#
    if let keyID { header += #","kid":\#(keyID.quotedForJSON)"# }
    header += "}"
    let input = Array(header.utf8).base64URL + [UInt8(ascii: ".")] + claims.base64URL
    let signature =
      switch key {
      case .hs256(let secret): Digest.sha256.authenticationCode(input, key: secret)
      case .rs256(let key): try key.signature(of: input)
      }
    bytes = input + [UInt8(ascii: ".")] + signature.base64URL
  }
}

extension String {
  /// As a JSON string (RFC 8259, 7).
  var quotedForJSON: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
