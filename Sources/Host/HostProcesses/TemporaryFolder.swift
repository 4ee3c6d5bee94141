// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Foundation
import Glibc
import Synchronization

/// A folder that only this user enters, and that ends with this process if it was not removed before.
final class TemporaryFolder: Sendable {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// What the names of a host's folders begin with.
  static var host: String { NSTemporaryDirectory() + PATCHBAY_TEMPORARY }

  let path: String
  /// Keeps the folder; nil: it was removed.
  private let descriptor: Mutex<CInt?>

  /// - Parameter prefix: its path, but for a few letters.
  init(_ prefix: String) throws(Failure) {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let descriptor = patchbay_make_temporary(prefix, &path, path.count)
    guard descriptor >= 0 else {
      throw Failure(description: String(cString: strerror(-descriptor)))
    }
    self.path = path.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    self.descriptor = Mutex(descriptor)
  }

  deinit { remove() }

  /// Removes it with all that is in it.
  func remove() {
    descriptor.withLock { descriptor in
      guard let open = descriptor else { return }
      // What cannot be deleted is in nobody's way, and is tried again by whoever comes next.
      try? FileManager.default.removeItem(atPath: path)
      close(open)
      descriptor = nil
    }
  }

  /// Removes those that processes have left which were killed.
  static func removeAbandoned(_ prefix: String) { patchbay_remove_abandoned(prefix) }
}
