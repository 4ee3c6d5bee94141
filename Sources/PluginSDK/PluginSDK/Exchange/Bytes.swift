// SPDX-License-Identifier: Apache-2.0

/// Bytes that the host showed: a shared, read-only window. Slices and copies share the memory, so keep
/// a small copy (`Array(bytes)`) of what outlives the exchange.
public struct Bytes: Sendable {
  let storage: ByteStorage
  let range: Range<Int>

  init(storage: ByteStorage, range: Range<Int>) {
    self.storage = storage
    self.range = range
  }

  /// No bytes.
  public init() { self.init(storage: .empty, range: 0..<0) }

  /// A copy of these bytes.
  public init(_ bytes: some Collection<UInt8>) {
    let storage = ByteStorage(copying: bytes)
    self.init(storage: storage, range: 0..<storage.count)
  }

  /// The bytes read as UTF-8; what is not UTF-8 becomes U+FFFD.
  public var text: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }

  /// Calls the closure with the bytes, which are valid during the call only.
  public func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage.memory)[range]))
  }

  /// Calls the closure with the bytes as a span.
  public func withSpan<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
    let window = UnsafeMutableRawBufferPointer(rebasing: storage.memory[range])
    return try body(window.assumingMemoryBound(to: UInt8.self).span)
  }
}

extension Bytes: RandomAccessCollection {
  /// Zero.
  public var startIndex: Int { 0 }
  /// The number of bytes.
  public var endIndex: Int { range.count }

  /// The byte at a position.
  public subscript(position: Int) -> UInt8 {
    precondition(position >= 0 && position < range.count, "index out of range")
    return storage.memory[range.lowerBound + position]
  }

  /// The bytes of a range, without a copy. Indices of a slice start at zero again.
  public subscript(bounds: Range<Int>) -> Bytes {
    precondition(bounds.lowerBound >= 0 && bounds.upperBound <= range.count, "range out of bounds")
    let start = range.lowerBound
    return Bytes(
      storage: storage, range: start + bounds.lowerBound..<start + bounds.upperBound)
  }

  /// Calls the closure with the bytes, which always are contiguous.
  public func withContiguousStorageIfAvailable<R>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> R
  ) rethrows -> R? {
    let window = UnsafeMutableRawBufferPointer(rebasing: storage.memory[range])
    return try body(UnsafeBufferPointer(window.assumingMemoryBound(to: UInt8.self)))
  }
}

extension Bytes: Hashable {
  /// Whether both have the same bytes.
  public static func == (lhs: Bytes, rhs: Bytes) -> Bool { lhs.elementsEqual(rhs) }

  /// Hashes the value.
  public func hash(into hasher: inout Hasher) {
    withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

/// Memory that ``Bytes`` share.
///
/// Unchecked: it is written by its owner before the first `Bytes` over it exists, and never after.
final class ByteStorage: @unchecked Sendable {
  static let empty = ByteStorage(capacity: 0)

  let memory: UnsafeMutableRawBufferPointer
  var count: Int { memory.count }

  init(capacity: Int) {
    memory = .allocate(byteCount: capacity, alignment: 1)
  }

  convenience init(copying bytes: some Collection<UInt8>) {
    self.init(capacity: bytes.count)
    memory.copyBytes(from: bytes)
  }

  deinit { memory.deallocate() }
}
