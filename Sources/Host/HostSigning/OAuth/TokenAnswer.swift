// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a token endpoint answers (RFC 6749, 5).
enum TokenAnswer {
  /// Seconds that a token lives whose endpoint does not say.
  private static let standardLifetime: Double = 300
  /// Bytes of a token at most: more does not fit into a head.
  private static let limit = 32 << 10

  private struct Success: Decodable {
    var access_token: String?
    var token_type: String?
    /// A number, or as Azure's machines have it a text.
    var expires_in: Seconds?
  }

  private struct Refusal: Decodable {
    var error: String?
  }

  private struct Seconds: Decodable {
    let value: Double

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self), let number = Double(text) {
        value = number
      } else {
        value = try container.decode(Double.self)
      }
    }
  }

  static func credential(
    status: Int, body: [UInt8]
  ) throws(CredentialFailure) -> (credential: Credential, lifetime: UInt64) {
    guard status == 200 else { throw refusal(status: status, body: body) }
    guard let answer = try? JSONDecoder().decode(Success.self, from: Data(body)) else {
      throw CredentialFailure(.unavailable, "the answer is not that of a token endpoint")
    }
    guard let token = answer.access_token.map({ Array($0.utf8) }), token.isVisible,
      token.count <= limit
    else {
      throw CredentialFailure(.unavailable, "the answer has no 'access_token' that can be sent")
    }
    guard answer.token_type.map({ $0.lowercased() == "bearer" }) ?? true else {
      throw CredentialFailure(.unavailable, "the answer's 'token_type' is not Bearer")
    }
    let seconds = answer.expires_in?.value ?? standardLifetime
    guard seconds > 0, seconds.isFinite else {
      throw CredentialFailure(.unavailable, "the token is over already: see 'expires_in'")
    }
    // A year is as good as for ever.
    return (.bearer(KeyBytes(token)), UInt64(min(seconds, 31_536_000) * 1_000_000_000))
  }

  /// The code of the error, and none of the prose about it: that may repeat what it was sent.
  private static func refusal(status: Int, body: [UInt8]) -> CredentialFailure {
    let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(body))
    let code = refusal?.error.flatMap { $0.isErrorCode ? " \($0)" : nil } ?? ""
    return CredentialFailure(.unavailable, "the answer is \(status)\(code)")
  }
}

extension String {
  /// A word that names an error: nothing else is shown of what another has answered.
  var isErrorCode: Bool {
    !isEmpty && utf8.count <= 64
      && utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
          UInt8(ascii: "."):
          true
        default: false
        }
      }
  }
}
