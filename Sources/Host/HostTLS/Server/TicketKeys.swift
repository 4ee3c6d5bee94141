// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// What session tickets are sealed with (RFC 5077, RFC 8446 4.6.1): sessions live with the clients, the server keeps
/// only these keys. New tickets get the newest key; older keys still open theirs.
///
/// A value that is replaced, never changed: event loops share it without a lock.
package struct TicketKeys: Sendable {
  /// How long a key seals new tickets.
  package static let rotation = Duration.seconds(8 * 3600)
  /// Seconds that a session can be resumed at most, as Kong's `ssl_session_timeout`: what the keys below open.
  static let lifetime = (kept - 1) * 8 * 3600
  private static let kept = 4

  /// The newest first.
  private let keys: [TicketKey]

  /// - Throws: when the system has no random bytes.
  package init() throws(TLSConfigurationError) { keys = [try TicketKey()] }

  private init(keys: [TicketKey]) { self.keys = keys }

  /// With a new key; the oldest is forgotten.
  package func rotated() throws(TLSConfigurationError) -> TicketKeys {
    TicketKeys(keys: [try TicketKey()] + keys.prefix(Self.kept - 1))
  }

  /// What seals a ticket.
  var newest: TicketKey { keys[0] }

  /// What opens a ticket.
  func key(named name: UnsafePointer<UInt8>) -> (key: TicketKey, isNewest: Bool)? {
    guard let index = keys.firstIndex(where: { $0.isNamed(name) }) else { return nil }
    return (keys[index], index == 0)
  }
}

/// One key. Its memory is wiped when the last connection has let go of it.
final class TicketKey: Sendable {
  static let nameSize = 16
  private static let cipherKeySize = 32
  private static let size = 80

  /// The name, the key of the cipher, the key of the MAC (32 bytes). Never written to after the initialiser.
  nonisolated(unsafe) private let bytes: UnsafeMutablePointer<UInt8>

  init() throws(TLSConfigurationError) {
    bytes = .allocate(capacity: Self.size)
    guard RAND_bytes(bytes, CInt(Self.size)) == 1 else { throw .drained(.libraryFailure) }
  }

  deinit {
    OPENSSL_cleanse(bytes, Self.size)
    bytes.deallocate()
  }

  var name: UnsafePointer<UInt8> { UnsafePointer(bytes) }
  var cipherKey: UnsafePointer<UInt8> { name + Self.nameSize }
  var macKey: UnsafePointer<UInt8> { cipherKey + Self.cipherKeySize }

  func isNamed(_ other: UnsafePointer<UInt8>) -> Bool {
    memcmp(bytes, other, Self.nameSize) == 0
  }
}
