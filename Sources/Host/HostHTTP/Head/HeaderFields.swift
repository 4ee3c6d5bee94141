// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// One field line: where it lies in its head. Sixteen bytes.
package struct HeaderField: Sendable {
  /// All offsets are from the first byte of the head.
  var nameStart: UInt32
  var valueStart: UInt32
  var valueLength: UInt32
  var nameLength: UInt16
  /// What it is, when it is one of those that are known.
  package var known: KnownHeader
  /// Not forwarded: of this connection only, or named by `Connection`.
  package var isHopByHop: Bool

  var nameRange: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameLength) }
  var valueRange: Range<Int> { Int(valueStart)..<Int(valueStart) + Int(valueLength) }

  /// The name as it was spelt.
  ///
  /// - Parameter head: the bytes that the field belongs to.
  @inline(__always)
  package func name(in head: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: head[nameRange])
  }

  /// The value, without the white space around it.
  ///
  /// - Parameter head: the bytes that the field belongs to.
  @inline(__always)
  package func value(in head: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: head[valueRange])
  }
}

/// The fields of a head: its bytes as they came, and a table of where they lie in them.
package struct HeaderFields: Sendable {
  /// The whole head, from its first line to the empty one; of trailers, their lines and the empty one.
  package let bytes: ByteBuffer
  /// In the order in which they came; their lines follow each other without a gap.
  package let table: [HeaderField]

  init(bytes: ByteBuffer, table: [HeaderField]) {
    self.bytes = bytes
    self.table = table
  }

  /// No fields.
  package init() { self.init(bytes: ByteBuffer(), table: []) }

  package var count: Int { table.count }

  /// Calls with every field, its name and its value, in order.
  @inline(__always)
  package func forEach(
    _ body: (HeaderField, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
  ) {
    bytes.withUnsafeReadableBytes { head in
      for field in table { body(field, field.name(in: head), field.value(in: head)) }
    }
  }

  /// Calls with the first value of a header, without regard to the case of its name; nil when there is none.
  package func withFirst<Result>(
    _ name: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    bytes.withUnsafeReadableBytes { head in
      for field in table
      where Int(field.nameLength) == name.count && field.name(in: head).equalsIgnoringCase(name) {
        return body(field.value(in: head))
      }
      return nil
    }
  }

  /// Calls with the first value of a known header; nil when there is none.
  package func withFirst<Result>(
    _ known: KnownHeader, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    guard let field = table.first(where: { $0.known == known }) else { return nil }
    return bytes.withUnsafeReadableBytes { body(field.value(in: $0)) }
  }

  /// Whether a known header is there.
  package func contains(_ known: KnownHeader) -> Bool { table.contains { $0.known == known } }

  /// All values of a header as text; for logs and tests.
  package func values(_ name: String) -> [String] {
    var name = name
    return name.withUTF8 { name in
      var values: [String] = []
      forEach { _, candidate, value in
        guard candidate.equalsIgnoringCase(UnsafeRawBufferPointer(name)) else { return }
        values.append(String(decoding: value, as: UTF8.self))
      }
      return values
    }
  }

  /// The bytes of a field's whole line, its CRLF included.
  func line(_ index: Int) -> Range<Int> {
    let end =
      index + 1 < table.count ? Int(table[index + 1].nameStart) : bytes.readableBytes - 2
    return Int(table[index].nameStart)..<end
  }
}

/// Fields behind the last chunk of a body.
package typealias Trailers = HeaderFields
