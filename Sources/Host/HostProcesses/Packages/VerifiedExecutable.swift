// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Glibc

/// An executable whose digest was checked, open as long as somebody may start it.
///
/// It is a copy in memory that is sealed: not even the host can change it. Its own bytes are checked, after the copy was
/// made, so that what was checked once is what is executed, however often. Where the system makes no such copies it is the
/// file itself, whose digest has to be checked for each start.
final class VerifiedExecutable: Sendable {
  /// Bytes of an executable that is copied; a larger one stays a file.
  private static let copyLimit = off_t(64 << 20)

  let isSealed: Bool
  private let file: CInt

  /// - Parameters:
  ///   - descriptor: of the file that was installed; owned from here on.
  ///   - name: what the copy is called in /proc.
  ///   - check: says of a descriptor whether it has the right digest.
  init<Problem>(
    _ descriptor: CInt, name: String, check: (CInt) throws(Problem) -> Void
  ) throws(Problem) {
    let copy = patchbay_seal(descriptor, "patchbay:\(name)", Self.copyLimit)
    isSealed = copy >= 0
    file = isSealed ? copy : descriptor
    if isSealed { close(descriptor) }
    try check(file)
  }

  deinit { close(file) }

  /// A descriptor for a start, which is the caller's; nil: none is free.
  func descriptor() -> CInt? {
    let copy = fcntl(file, F_DUPFD_CLOEXEC, 0)
    return copy < 0 ? nil : copy
  }
}
