// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol

/// Fields of the log entry as plugins have told them: bytes one behind the other, for they are many and the host only carries
/// them.
struct LogFields {
  /// How many there were at a moment.
  struct Mark {
    fileprivate let bytes: Int
    fileprivate let fields: Int
  }

  private var bytes: [UInt8] = []
  /// Where path and value of each end.
  private var ends: [(path: Int, json: Int)] = []

  var count: Int { ends.count }
  var byteCount: Int { bytes.count }
  var mark: Mark { Mark(bytes: bytes.count, fields: ends.count) }

  mutating func append(path: UnsafeRawBufferPointer, json: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: path)
    let end = bytes.count
    bytes.append(contentsOf: json)
    ends.append((end, bytes.count))
  }

  /// Forgets what has come since.
  mutating func cut(to mark: Mark) {
    bytes.removeSubrange(mark.bytes...)
    ends.removeSubrange(mark.fields...)
  }

  func messages(
    in arena: MessageArena
  ) -> (UnsafeMutablePointer<UnsafeMutablePointer<Patchbay__Plugin__V1__LogField>?>, Int) {
    let list = arena.array(
      of: UnsafeMutablePointer<Patchbay__Plugin__V1__LogField>?.self, count: ends.count)
    bytes.withUnsafeBytes { bytes in
      var start = 0
      for (index, end) in ends.enumerated() {
        let message = arena.make { patchbay__plugin__v1__log_field__init($0) }
        message.pointee.path = arena.string(
          UnsafeRawBufferPointer(rebasing: bytes[start..<end.path]))
        message.pointee.json = arena.bytes(
          UnsafeRawBufferPointer(rebasing: bytes[end.path..<end.json]))
        list[index] = message
        start = end.json
      }
    }
    return (list, ends.count)
  }
}
