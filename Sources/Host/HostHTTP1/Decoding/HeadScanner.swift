// SPDX-License-Identifier: Apache-2.0

import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Finds the end of a head in bytes that arrive in pieces, looking at each byte once.
struct HeadScanner {
  /// How much was looked at, and where the line begins that is not over.
  private var scanned = 0
  private var lineStart = 0

  /// The length of the head with its empty line, when all of it is there.
  ///
  /// Sees to it that every line ends with CRLF, so that a head of bare LFs is refused and not waited for.
  mutating func end(in bytes: UnsafeRawBufferPointer) throws(HTTPRefusal) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    while scanned < bytes.count,
      let found = memchr(base + scanned, 0x0A, bytes.count - scanned)
    {
      let lineFeed = UnsafeRawPointer(found) - base
      guard lineFeed > 0, bytes[lineFeed - 1] == 0x0D else { throw .bareLineFeed }
      let length = lineFeed - 1 - lineStart
      scanned = lineFeed + 1
      lineStart = scanned
      if length == 0 { return scanned }
    }
    scanned = bytes.count
    return nil
  }

  /// Whether nothing but complete empty lines was seen.
  var isAtStart: Bool { lineStart == 0 }
}
