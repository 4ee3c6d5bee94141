// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The sealed executables that somebody keeps, by their digests: a version that is swapped in again is not copied and
/// checked again.
final class VerifiedExecutables: Sendable {
  private struct Entry {
    weak var executable: VerifiedExecutable?
  }

  private let entries = Mutex<[String: Entry]>([:])

  subscript(sha256: String) -> VerifiedExecutable? {
    entries.withLock { $0[sha256]?.executable }
  }

  func add(_ executable: VerifiedExecutable, sha256: String) {
    guard executable.isSealed else { return }
    entries.withLock { entries in
      entries = entries.filter { $0.value.executable != nil }
      entries[sha256] = Entry(executable: executable)
    }
  }
}
