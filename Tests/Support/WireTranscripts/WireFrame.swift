// SPDX-License-Identifier: Apache-2.0

package import PluginProtocol

/// Which of a process's connections.
package enum WireLink: String, Sendable { case control, data }

/// Who speaks.
package enum WireDirection: String, Sendable {
  case toPlugin = ">"
  case toHost = "<"

  package var sender: DataConnection.Role { self == .toPlugin ? .host : .plugin }
}

/// A whole frame with memory of its own.
package struct WireFrame: Equatable, Sendable {
  package var header: FrameHeader
  package var meta: [UInt8]
  package var payload: [UInt8]

  package init(
    _ type: FrameType, stream: UInt32 = 0, ordinal: UInt16 = 0, flags: FrameFlags = [],
    meta: [UInt8] = [], payload: [UInt8] = []
  ) {
    header = FrameHeader(
      type, stream: stream, ordinal: ordinal, flags: flags, metaLength: meta.count,
      payloadLength: payload.count)
    self.meta = meta
    self.payload = payload
  }

  /// The frame's bytes, whose header was checked.
  package init(_ header: FrameHeader, _ body: some Collection<UInt8>) {
    self.header = header
    meta = Array(body.prefix(Int(header.metaLength)))
    payload = Array(body.dropFirst(Int(header.metaLength)))
  }

  package var headerBytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: FrameHeader.size) { bytes, count in
      if let base = bytes.baseAddress { header.encode(into: base) }
      count = FrameHeader.size
    }
  }

  package var bytes: [UInt8] { headerBytes + meta + payload }
}

extension FrameDecoder {
  /// Takes the whole frames from the front of the bytes; stops at what is not whole.
  package func frames(in bytes: inout ArraySlice<UInt8>) throws(ProtocolViolation) -> [WireFrame] {
    var frames: [WireFrame] = []
    while true {
      switch bytes.withUnsafeBytes({ next(in: $0) }) {
      case .incomplete: return frames
      case .violation(let violation): throw violation
      case .frame(let header):
        let body = bytes.dropFirst(FrameHeader.size).prefix(Int(header.length))
        frames.append(WireFrame(header, body))
        bytes = bytes.dropFirst(FrameHeader.size + Int(header.length))
      }
    }
  }
}
