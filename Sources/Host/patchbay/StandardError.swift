// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The process's stderr, without C's shared `FILE`.
enum StandardError {
  /// One write a text, so that lines of several threads stay whole.
  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(STDERR_FILENO, rest.baseAddress, rest.count)
        if count < 0 {
          if errno == EINTR { continue }
          return  // nobody is left to be told
        }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      }
    }
  }
}
