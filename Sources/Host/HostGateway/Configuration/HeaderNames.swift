// SPDX-License-Identifier: Apache-2.0

import HostHTTP

/// Names of header fields to look among, without regard to case: bytes that lie one behind the other.
struct HeaderNames: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  init(_ names: [String]) {
    for name in names {
      bytes += name.utf8
      ends.append(bytes.count)
    }
  }

  func contains(_ name: UnsafeRawBufferPointer) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var start = 0
      for end in ends {
        if end - start == name.count,
          UnsafeRawBufferPointer(rebasing: bytes[start..<end]).equalsIgnoringCase(name)
        {
          return true
        }
        start = end
      }
      return false
    }
  }
}
