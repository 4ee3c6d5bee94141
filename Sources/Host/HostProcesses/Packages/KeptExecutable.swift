// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// The file that a release was first started from, open as long as somebody may start it again.
///
/// A package that is installed anew over itself is another file under the old name. The release that runs is restarted
/// from, and a rollback leads back to, the file that it has always been.
final class KeptExecutable: Sendable {
  private let file = Mutex<CInt?>(nil)

  deinit { file.withLock { file in if let file { _ = close(file) } } }

  /// Keeps the file behind a descriptor, which stays the caller's.
  func keep(_ descriptor: CInt) {
    let copy = Self.copy(descriptor)
    file.withLock { file in
      if let file { _ = close(file) }
      file = copy
    }
  }

  /// A descriptor of the file, which is the caller's; nil: there is none, or no descriptor is free.
  func descriptor() -> CInt? { file.withLock { $0.flatMap(Self.copy) } }

  private static func copy(_ descriptor: CInt) -> CInt? {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    return copy < 0 ? nil : copy
  }
}
