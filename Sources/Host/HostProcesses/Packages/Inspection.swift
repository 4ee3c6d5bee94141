// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// One run of an executable that says what it is, until it has ended.
final class Inspection: Sendable {
  enum End: Sendable {
    case exited(ProcessExit)
    /// It was not started; the code is an errno, or 0.
    case failed(reason: String, code: Int32)
  }

  /// Incarnations never grow so far.
  private static let mark: UInt64 = 1 << 63
  private static let last = Atomic<UInt64>(0)

  /// Names the process among those of the spawner.
  let id = Inspection.mark | Inspection.last.add(1, ordering: .relaxed).newValue
  private let result = Mutex<End?>(nil)
  private let isOver = DispatchSemaphore(value: 0)

  /// Whether a process is an inspection's.
  static func owns(_ id: UInt64) -> Bool { id & mark != 0 }

  func end(_ end: End) {
    result.withLock { $0 = end }
    isOver.signal()
  }

  /// Waits for the end; nil: there was none by then. For one thread.
  func end(by deadline: DispatchTime) -> End? {
    guard isOver.wait(timeout: deadline) == .success else { return nil }
    return result.withLock { $0 }
  }
}
