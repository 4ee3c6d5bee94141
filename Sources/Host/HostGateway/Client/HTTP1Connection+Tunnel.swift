// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore

extension HTTP1Connection {
  /// Writes the 101 that ends HTTP on this connection. Returns its bytes.
  func sendUpgrade(fields: HeaderFields, edits: HeaderEdits) -> Int {
    var buffer = ByteBuffer()
    do {
      try HeadWriter.write(
        status: 101, fields: fields, edits: edits, framing: .none, closes: false,
        upgrade: "websocket", into: &buffer)
    } catch {
      preconditionFailure("101 with a protocol can be written")
    }
    beginTunnel(buffer)
    return buffer.readableBytes
  }
}
