// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// One field line: where it lies in its head.
package struct HeaderField: Sendable {
  /// From the start of the head's bytes.
  var nameStart: UInt32
  var valueStart: UInt32
  /// Behind the CRLF.
  var lineEnd: UInt32
  var valueLength: UInt32
  var nameLength: UInt16
  package var known: KnownHeader
  /// Not forwarded: of this connection only, or named by `Connection`.
  package var isHopByHop: Bool
}

/// The fields of a head: its bytes as they came, and a table of where they lie.
package struct HeaderFields: Sendable {
  /// The whole head, from its first line to the empty one.
  package let bytes: ByteBuffer
  package private(set) var table: [HeaderField]

  init(bytes: ByteBuffer, table: [HeaderField]) {
    self.bytes = bytes
    self.table = table
  }

  /// No fields.
  package init() { self.init(bytes: ByteBuffer(), table: []) }

  package var count: Int { table.count }

  /// Calls with the name and the value of every field, in order.
  @inline(__always)
  package func forEach(
    _ body: (HeaderField, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
  ) {
    bytes.withUnsafeReadableBytes { head in
      for field in table { body(field, field.name(in: head), field.value(in: head)) }
    }
  }

  /// Calls with the first value of the header, without regard to the case of its name.
  package func withFirst<Result>(
    _ name: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    bytes.withUnsafeReadableBytes { head in
      for field in table where field.name(in: head).equalsIgnoringCase(name) {
        return body(field.value(in: head))
      }
      return nil
    }
  }

  /// Calls with the first value of a known header.
  package func withFirst<Result>(
    _ known: KnownHeader, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    guard let field = table.first(where: { $0.known == known }) else { return nil }
    return bytes.withUnsafeReadableBytes { body(field.value(in: $0)) }
  }

  /// The first value of the header, copied.
  package func first(_ name: StaticString) -> [UInt8]? {
    withFirst(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)) {
      Array($0)
    }
  }

  /// All values of a header as text; for logs and tests.
  package func values(_ name: String) -> [String] {
    let name = Array(name.utf8)
    var values: [String] = []
    forEach { _, candidate, value in
      if name.withUnsafeBytes({ candidate.equalsIgnoringCase($0) }) {
        values.append(String(decoding: value, as: UTF8.self))
      }
    }
    return values
  }

  /// Marks the fields that `Connection` names as not to be forwarded.
  mutating func markConnectionOptions() {
    var options: [[UInt8]] = []
    forEach { field, _, value in
      guard field.known == .connection else { return }
      value.forEachListElement { element in
        options.append(element.map(\.lowercased))
      }
    }
    guard !options.isEmpty else { return }
    bytes.withUnsafeReadableBytes { head in
      for index in table.indices where !table[index].isHopByHop {
        // Host cannot be dropped by whoever names it, nor what a later hop authenticates by.
        if table[index].known == .host { continue }
        let name = table[index].name(in: head)
        if options.contains(where: { $0.withUnsafeBytes { name.equalsIgnoringCase($0) } }) {
          table[index].isHopByHop = true
        }
      }
    }
  }
}

extension HeaderField {
  @inline(__always)
  package func name(in head: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: head[Int(nameStart)..<Int(nameStart) + Int(nameLength)])
  }

  @inline(__always)
  package func value(in head: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: head[Int(valueStart)..<Int(valueStart) + Int(valueLength)])
  }
}

extension UnsafeRawBufferPointer {
  /// The elements of a comma-separated list, trimmed, without the empty ones (RFC 9110, 5.6.1).
  package func forEachListElement(_ body: (UnsafeRawBufferPointer) -> Void) {
    var start = 0
    for index in 0...count where index == count || self[index] == UInt8(ascii: ",") {
      let element = UnsafeRawBufferPointer(rebasing: self[start..<index]).trimmed
      if !element.isEmpty { body(element) }
      start = index + 1
    }
  }

  /// Without blanks at both ends.
  package var trimmed: UnsafeRawBufferPointer {
    var start = 0
    var end = count
    while start < end, self[start].isBlank { start += 1 }
    while end > start, self[end - 1].isBlank { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: self[start..<end])
  }
}
