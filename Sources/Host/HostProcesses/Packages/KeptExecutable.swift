// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The executable that a release was first started from, as long as somebody may start it again.
///
/// A package that is installed anew over itself is another file under the old name. The release that runs is restarted
/// from, and a rollback leads back to, the executable that it has always been.
final class KeptExecutable: Sendable {
  private let executable = Mutex<VerifiedExecutable?>(nil)

  /// One at a time: of several processes that are started together one verifies, and the others have what it found.
  func withLock<Answer, Problem>(
    _ body: (inout sending VerifiedExecutable?) throws(Problem) -> sending Answer
  ) throws(Problem) -> sending Answer {
    try executable.withLock(body)
  }
}
