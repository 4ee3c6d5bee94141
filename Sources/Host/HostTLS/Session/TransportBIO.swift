// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import NIOCore

/// The bytes between OpenSSL and the network, and the BIO through which OpenSSL moves them.
///
/// OpenSSL reads records straight out of the channel's buffer and writes them straight into the one
/// that the channel will send: a memory BIO would copy each way once more.
final class TransportBIO {
  /// Came from the network; OpenSSL has not taken it yet.
  private(set) var incoming = ByteBuffer()
  /// OpenSSL's, for the network.
  private(set) var outgoing = ByteBuffer()
  /// Bytes that OpenSSL took since the last record was decrypted: the beginning of one.
  private var unfinished = 0

  /// How many bytes of plaintext may come out of all that has arrived: never more than went in.
  var plaintextBound: Int { unfinished + incoming.readableBytes }

  func received(_ bytes: ByteBuffer) {
    if incoming.readableBytes == 0 {
      incoming = bytes
    } else {
      incoming.writeImmutableBuffer(bytes)
    }
  }

  func recordDecrypted() { unfinished = 0 }

  func reserveOutgoing(_ count: Int) { outgoing.reserveCapacity(minimumWritableBytes: count) }

  func takeOutgoing() -> ByteBuffer? {
    guard outgoing.readableBytes > 0 else { return nil }
    let bytes = outgoing
    outgoing = ByteBuffer()
    return bytes
  }

  /// Forgets what nobody will read.
  func dropIncoming() { incoming = ByteBuffer() }

  /// A BIO over these buffers, which it does not retain; owned by the caller.
  func makeBIO() -> OpaquePointer? {
    guard let bio = BIO_new(Self.method) else { return nil }
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    return bio
  }

  fileprivate func read(into space: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(space.count, incoming.readableBytes)
    guard count > 0 else { return 0 }
    incoming.readWithUnsafeReadableBytes { bytes in
      space.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
      return count
    }
    unfinished += count
    // The channel's buffer is not kept alive by a connection that has read it.
    if incoming.readableBytes == 0 { incoming = ByteBuffer() }
    return count
  }

  fileprivate func write(_ bytes: UnsafeRawBufferPointer) { outgoing.writeBytes(bytes) }

  /// The methods of all such BIOs; made once and never freed, as OpenSSL's own are.
  nonisolated(unsafe) private static let method: OpaquePointer? = {
    let type = BIO_get_new_index()
    guard type != -1, let method = BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "channel") else {
      return nil
    }
    BIO_meth_set_read_ex(method) { bio, bytes, count, done in
      guard let bio, let bytes, let done, let transport = TransportBIO.of(bio) else { return 0 }
      shim_BIO_clear_retry_flags(bio)
      done.pointee = transport.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: count))
      if done.pointee > 0 { return 1 }
      // Nothing yet, which is not the end: the end comes to the session as an event.
      shim_BIO_set_retry_read(bio)
      return 0
    }
    BIO_meth_set_write_ex(method) { bio, bytes, count, done in
      guard let bio, let bytes, let done, let transport = TransportBIO.of(bio) else { return 0 }
      shim_BIO_clear_retry_flags(bio)
      transport.write(UnsafeRawBufferPointer(start: bytes, count: count))
      done.pointee = count
      return 1
    }
    BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
    return method
  }()

  private static func of(_ bio: OpaquePointer) -> TransportBIO? {
    BIO_get_data(bio).map { Unmanaged<TransportBIO>.fromOpaque($0).takeUnretainedValue() }
  }
}
