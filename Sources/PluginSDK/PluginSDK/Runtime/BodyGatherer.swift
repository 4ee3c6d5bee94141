// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// Gathers a payload of announced length from one or more frames.
struct BodyGatherer {
  private let storage: ByteStorage
  private var count = 0

  init(expected: Int) {
    storage = expected == 0 ? .empty : ByteStorage(capacity: expected)
  }

  mutating func append(_ payload: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    guard payload.count <= storage.count - count else {
      throw .badLength
    }
    guard !payload.isEmpty else { return }
    UnsafeMutableRawBufferPointer(rebasing: storage.memory[count...]).copyMemory(from: payload)
    count += payload.count
  }

  /// Whether all that was announced is there.
  var isComplete: Bool { count == storage.count }

  var bytes: Bytes { Bytes(storage: storage, range: 0..<count) }
}
