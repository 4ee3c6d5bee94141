// SPDX-License-Identifier: Apache-2.0

/// What AWS knows who signs by.
package struct AWSKeys: Hashable, Sendable {
  package let accessKey: KeyBytes
  package let secretKey: KeyBytes
  /// Of temporary keys.
  package let sessionToken: KeyBytes?

  package init(accessKey: KeyBytes, secretKey: KeyBytes, sessionToken: KeyBytes?) {
    self.accessKey = accessKey
    self.secretKey = secretKey
    self.sessionToken = sessionToken
  }

  /// Whether they can stand in a header: an access key goes into one as it is, and nothing in it may end its field.
  package var areUsable: Bool {
    func isName(_ bytes: [UInt8]) -> Bool {
      !bytes.isEmpty && bytes.count <= 128
        && bytes.allSatisfy {
          $0 > 0x20 && $0 < 0x7F && !"/,=".utf8.contains($0)
        }
    }
    return isName(accessKey.revealed) && !secretKey.isEmpty
      && sessionToken?.revealed.isVisible != false
  }
}

/// Where a signature is valid.
package struct AWSScope: Hashable, Sendable {
  package let service: String
  package let region: String

  /// Nil: a name that cannot be part of a scope.
  package init?(service: String, region: String) {
    func isName(_ text: String) -> Bool {
      !text.isEmpty && text.utf8.count <= 64
        && text.utf8.allSatisfy {
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
        }
    }
    guard isName(service), isName(region) else { return nil }
    self.service = service
    self.region = region
  }
}

extension [UInt8] {
  /// Not empty, and nothing but visible ASCII: what a token in a header is.
  package var isVisible: Bool { !isEmpty && allSatisfy { $0 > 0x20 && $0 < 0x7F } }
}
