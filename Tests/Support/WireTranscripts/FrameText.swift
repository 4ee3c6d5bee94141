// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol

// A frame in the text form of transcripts.
extension WireFrame {
  /// `call stream 1 ordinal 0 more`.
  var title: String {
    let type = FrameType(rawValue: header.type).map { "\($0)" } ?? "type \(header.type)"
    var words = [type]
    if header.stream != 0 { words.append("stream \(header.stream)") }
    let hasOrdinal: [FrameType] = [.call, .reply, .data]
    if hasOrdinal.contains(where: { $0.rawValue == header.type }) {
      words.append("ordinal \(header.ordinal)")
    }
    if header.flags.contains(.last) { words.append("last") }
    if header.flags.contains(.more) { words.append("more") }
    if header.flags.contains(.ignorable) { words.append("ignorable") }
    return words.joined(separator: " ")
  }

  /// Header, message and payload, with what they mean.
  var lines: [String] {
    var lines = ["  \(groups)  # \(title)"]
    if !meta.isEmpty {
      if let text = messageText { lines.append("  # \(text)") }
      lines += Self.hex(meta)
    }
    if !payload.isEmpty {
      lines.append("  # payload: \(payload.count) bytes")
      lines += Self.hex(payload)
    }
    return lines
  }

  /// The header's fields apart: length, stream, type, flags, ordinal, length of the message.
  private var groups: String {
    let bytes = headerBytes
    return [0..<4, 4..<8, 8..<9, 9..<10, 10..<12, 12..<16]
      .map { bytes[$0].map(Self.hex).joined() }.joined(separator: " ")
  }

  private static func hex(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  /// 32 bytes a line; one byte many times is written once.
  private static func hex(_ bytes: [UInt8]) -> [String] {
    if bytes.count > 64, bytes.allSatisfy({ $0 == bytes[0] }) {
      return ["  \(hex(bytes[0]))*\(bytes.count)"]
    }
    return stride(from: 0, to: bytes.count, by: 32).map { start in
      "  " + bytes[start..<min(start + 32, bytes.count)].map(hex).joined()
    }
  }

  /// The message in protobuf's text format; nil when it is none.
  package var messageText: String? {
    switch FrameType(rawValue: header.type) {
    case .hello: text { patchbay__plugin__v1__hello__unpack($0, $1, $2) }
    case .ready: text { patchbay__plugin__v1__ready__unpack($0, $1, $2) }
    case .configure: text { patchbay__plugin__v1__configure__unpack($0, $1, $2) }
    case .configured: text { patchbay__plugin__v1__configured__unpack($0, $1, $2) }
    case .ping: text { patchbay__plugin__v1__ping__unpack($0, $1, $2) }
    case .pong: text { patchbay__plugin__v1__pong__unpack($0, $1, $2) }
    case .drain: text { patchbay__plugin__v1__drain__unpack($0, $1, $2) }
    case .drained: text { patchbay__plugin__v1__drained__unpack($0, $1, $2) }
    case .failure: text { patchbay__plugin__v1__failure__unpack($0, $1, $2) }
    case .log: text { patchbay__plugin__v1__log__unpack($0, $1, $2) }
    case .call: text { patchbay__plugin__v1__call__unpack($0, $1, $2) }
    case .reply: text { patchbay__plugin__v1__reply__unpack($0, $1, $2) }
    case .credit: text { patchbay__plugin__v1__credit__unpack($0, $1, $2) }
    case .cancel: text { patchbay__plugin__v1__cancel__unpack($0, $1, $2) }
    case .serviceCall: text { patchbay__plugin__v1__service_call__unpack($0, $1, $2) }
    case .serviceResult: text { patchbay__plugin__v1__service_result__unpack($0, $1, $2) }
    case .data, nil: nil
    }
  }

  private func text<Message>(
    _ unpack: (
      UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<Message>?
  ) -> String? {
    let arena = MessageArena()
    return withExtendedLifetime(arena) {
      let message = meta.withUnsafeBytes { arena.decode($0, unpack) }
      // Every generated message begins with its base.
      return message?.withMemoryRebound(to: ProtobufCMessage.self, capacity: 1) {
        MessageText($0).text
      }
    }
  }
}
