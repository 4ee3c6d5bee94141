// SPDX-License-Identifier: Apache-2.0

package import CPluginMessages

/// Memory for messages: allocations only move a mark, and all are freed at once by ``reset()``.
///
/// protobuf-c decodes into it and messages to be sent are built in it. It is bounded: a peer's message that unpacks to
/// many times its size (a list of empty messages) fails instead of eating the memory.
package final class MessageArena {
  /// The block that is being filled: what is left of it.
  private var next: UnsafeMutableRawPointer
  private var end: UnsafeMutableRawPointer
  private let first: UnsafeMutableRawBufferPointer
  /// Beside the first, until the next reset.
  private var more: [UnsafeMutableRawBufferPointer] = []
  private var total: Int
  private let limit: Int

  /// - Parameters:
  ///   - block: bytes that are kept between uses.
  ///   - limit: bytes that may be in use at once.
  package init(block: Int = 8 << 10, limit: Int = 16 << 20) {
    let block = (max(16, block) + 15) & ~15
    self.limit = limit
    next = .allocate(byteCount: block, alignment: 16)
    end = next + block
    first = UnsafeMutableRawBufferPointer(start: next, count: block)
    total = block
  }

  deinit {
    freeMore()
    first.deallocate()
  }

  private func freeMore() {
    for block in more { block.deallocate() }
    more.removeAll()
  }

  private func fill(_ block: UnsafeMutableRawBufferPointer) {
    guard let start = block.baseAddress else { return }
    next = start
    end = start + block.count
  }

  /// Forgets everything. Pointers into the arena mean nothing from here on.
  package func reset() {
    if total > first.count { freeMore() }
    total = first.count
    fill(first)
  }

  /// Uninitialised bytes, aligned to 16; nil beyond the limit.
  package func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
    let left = end - next
    guard size >= 0, size <= left else { return allocateBlock(size) }
    // Blocks are whole multiples of 16, so what is left of one is.
    defer { next += (size + 15) & ~15 }
    return next
  }

  /// The same in a new block.
  private func allocateBlock(_ size: Int) -> UnsafeMutableRawPointer? {
    let room = (limit + first.count - total) & ~15
    guard size >= 0, size <= room else { return nil }
    let last = more.last ?? first
    let block = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max((size + 15) & ~15, min(last.count * 2, room)), alignment: 16)
    more.append(block)
    total += block.count
    fill(block)
    return allocate(size)
  }

  /// A message to be filled in, with its defaults.
  ///
  /// What is sent is our own and small; running out of memory for it is a bug.
  package func make<Message>(
    _ initialise: (UnsafeMutablePointer<Message>?) -> Void
  ) -> UnsafeMutablePointer<Message> {
    let message = array(of: Message.self, count: 1)
    initialise(message)
    return message
  }

  /// Room for so many values, uninitialised.
  package func array<Element>(of type: Element.Type, count: Int) -> UnsafeMutablePointer<Element> {
    guard let memory = allocate(max(1, count) * MemoryLayout<Element>.stride) else {
      preconditionFailure("a message of ours fits into the arena")
    }
    return memory.bindMemory(to: type, capacity: max(1, count))
  }

  /// A copy of the bytes, ended by a zero, for a `string` field.
  package func string(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutablePointer<CChar> {
    let copy = array(of: CChar.self, count: bytes.count + 1)
    if let base = bytes.baseAddress {
      UnsafeMutableRawPointer(copy).copyMemory(from: base, byteCount: bytes.count)
    }
    copy[bytes.count] = 0
    return copy
  }

  /// A copy of the text for a `string` field.
  package func string(_ text: String) -> UnsafeMutablePointer<CChar> {
    var text = text
    return text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
  }

  /// A copy of the bytes for a `bytes` field.
  package func bytes(_ bytes: UnsafeRawBufferPointer) -> ProtobufCBinaryData {
    guard bytes.count > 0, let base = bytes.baseAddress else { return ProtobufCBinaryData() }
    let copy = array(of: UInt8.self, count: bytes.count)
    UnsafeMutableRawPointer(copy).copyMemory(from: base, byteCount: bytes.count)
    return ProtobufCBinaryData(len: bytes.count, data: copy)
  }

  /// A `bytes` field that points at the caller's bytes, which must stay until the message is packed.
  package func borrowed(_ bytes: UnsafeRawBufferPointer) -> ProtobufCBinaryData {
    ProtobufCBinaryData(
      len: bytes.count,
      data: UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)))
  }

  /// Decodes with one of the generated `unpack` functions; nil when the bytes are no such message or it is too large.
  package func decode<Message>(
    _ bytes: UnsafeRawBufferPointer,
    _ unpack: (
      UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<Message>?
  ) -> UnsafeMutablePointer<Message>? {
    var allocator = ProtobufCAllocator(
      alloc: { arena, size in
        // It is held by who decodes, so that it need not be retained for each of many small pieces.
        arena.flatMap {
          Unmanaged<MessageArena>.fromOpaque($0)._withUnsafeGuaranteedRef { $0.allocate(size) }
        }
      },
      free: { _, _ in },
      allocator_data: Unmanaged.passUnretained(self).toOpaque())
    // An empty message has no bytes, but the decoder wants an address.
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { nothing in
      let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      return unpack(&allocator, bytes.count, start ?? UnsafePointer(nothing.baseAddress))
    }
  }
}

extension ProtobufCBinaryData {
  /// The bytes of the field.
  package var view: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: data, count: len) }
}

extension String {
  /// A `string` field; nil when it is not UTF-8, which protobuf-c does not check.
  package init?(field: UnsafeMutablePointer<CChar>?) {
    guard let field else {
      self = ""
      return
    }
    guard let text = String(validatingCString: field) else { return nil }
    self = text
  }
}
