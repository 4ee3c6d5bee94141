// SPDX-License-Identifier: Apache-2.0

import CZlib

/// What an upstream that compresses would send.
package struct Compressor {
  package enum Format: CaseIterable, Sendable {
    case gzip, zlib
    /// Without a header, as some servers send it under the name of the one above.
    case raw

    fileprivate var windowBits: CInt {
      switch self {
      case .gzip: MAX_WBITS + 16
      case .zlib: MAX_WBITS
      case .raw: -MAX_WBITS
      }
    }
  }

  /// Compresses pieces, each of which can be read when its own part is there.
  ///
  /// - Returns: as many parts. The last one has the end.
  package static func parts(_ pieces: [[UInt8]], _ format: Format) -> [[UInt8]] {
    var stream = z_stream()
    let started = deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, format.windowBits, 8, Z_DEFAULT_STRATEGY,
      ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
    precondition(started == Z_OK, "zlib cannot be used")
    defer { deflateEnd(&stream) }
    return pieces.indices.map { index in
      part(pieces[index], &stream, index == pieces.count - 1 ? Z_FINISH : Z_SYNC_FLUSH)
    }
  }

  package static func compress(_ bytes: [UInt8], _ format: Format) -> [UInt8] {
    parts([bytes], format)[0]
  }

  /// What zlib ends with: Adler-32.
  package static func sum(_ bytes: [UInt8]) -> UInt {
    UInt(adler32(adler32(0, nil, 0), bytes, UInt32(bytes.count)))
  }

  private static func part(_ piece: [UInt8], _ stream: inout z_stream, _ flush: CInt) -> [UInt8] {
    var piece = piece
    var output: [UInt8] = []
    var space = [UInt8](repeating: 0, count: 1 << 16)
    return piece.withUnsafeMutableBufferPointer { input in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      repeat {
        space.withUnsafeMutableBufferPointer { space in
          stream.next_out = space.baseAddress
          stream.avail_out = UInt32(space.count)
          deflate(&stream, flush)
        }
        output += space.prefix(space.count - Int(stream.avail_out))
      } while stream.avail_out == 0
      return output
    }
  }
}
