// SPDX-License-Identifier: Apache-2.0

/// What a peer may send outside of a body. Each limit is a defence: without it a peer makes the gateway hold or look at
/// what it likes.
package struct HeadLimits: Sendable {
  /// Bytes of a head, its first line and its empty line included. Beyond: 431.
  package var head = 64 << 10
  /// Field lines of a head or of a trailer section. Beyond: 431.
  package var fields = 128
  /// Bytes of a request target. Beyond: 414.
  package var target = 16 << 10
  /// Bytes of the extensions of all chunks of one body; nothing here reads them.
  package var chunkExtensions = 4 << 10
  /// Bytes of a trailer section with its empty line. Beyond: 431.
  package var trailers = 8 << 10

  package init() {}

  /// A method longer than any that is registered (RFC 9112, 3: such a method is 501).
  static var method: Int { 32 }
  /// Options of all `Connection` fields; each is looked for among the fields.
  static var connectionOptions: Int { 64 }
}
