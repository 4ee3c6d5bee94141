// SPDX-License-Identifier: Apache-2.0

import CPluginMessages

// Every generated message begins with its base, which is what protobuf-c packs.

/// Bytes that a message takes on the wire.
func packedSize<Message>(_ message: UnsafeMutablePointer<Message>) -> Int {
  message.withMemoryRebound(to: ProtobufCMessage.self, capacity: 1) {
    protobuf_c_message_get_packed_size($0)
  }
}

/// Packs a message to where there is room for its ``packedSize(_:)``.
func pack<Message>(
  _ message: UnsafeMutablePointer<Message>, to start: UnsafeMutableRawPointer
) {
  message.withMemoryRebound(to: ProtobufCMessage.self, capacity: 1) {
    _ = protobuf_c_message_pack($0, start)
  }
}
