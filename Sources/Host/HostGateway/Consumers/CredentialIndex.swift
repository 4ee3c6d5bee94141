// SPDX-License-Identifier: Apache-2.0

import HostSigning

/// Finds a credential by what a client presents. What it is compared with is not here: only authentication codes of it, with a
/// key that nobody else has and that ends with the configuration.
struct CredentialIndex: Sendable {
  /// A credential that was found.
  struct Entry: Sendable {
    let id: String
    /// Index into the directory's consumers.
    let consumer: Int
    /// Seconds since 1970 from which on it is none any more; nil: it stays.
    let end: Int?
    fileprivate let code: [UInt8]
  }

  private let key: AuthenticationKey
  /// By the beginning of their codes.
  private var entries: [UInt64: [Entry]] = [:]

  init() {
    var random = SystemRandomNumberGenerator()
    key = AuthenticationKey(
      .sha256, (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
  }

  mutating func insert(_ secret: String, id: String, consumer: Int, end: Int?) {
    let code = Array(secret.utf8).withUnsafeBytes { key.code(of: $0) }
    entries[Self.beginning(of: code), default: []]
      .append(Entry(id: id, consumer: consumer, end: end, code: code))
  }

  /// The credential with exactly these bytes. How long it takes does not tell how much of one is right.
  ///
  /// - Parameter now: seconds since 1970.
  func find(_ presented: UnsafeRawBufferPointer, now: Int) -> Entry? {
    let code = key.code(of: presented)
    let entry = entries[Self.beginning(of: code)]?
      .first { ConstantTime.areEqual($0.code, code) }
    guard let entry, entry.end.map({ now < $0 }) ?? true else { return nil }
    return entry
  }

  private static func beginning(of code: [UInt8]) -> UInt64 {
    code.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
