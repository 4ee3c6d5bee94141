// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A release that must prove itself: its first calls are watched, on all event loops together.
final class Trial: Sendable {
  /// Calls that are watched.
  static let calls = 20
  /// With so many of them failed it is given up.
  static let failures = 3

  enum Verdict: Sendable {
    case passed
    case failed
  }

  /// Where calls go that fail on it; nil: nowhere.
  let fallback: UInt64?
  private struct Count {
    var answered = 0
    var failed = 0
    var isOver = false
  }
  private let count = Mutex(Count())
  private let verdicts: AsyncStream<Verdict>
  private let report: AsyncStream<Verdict>.Continuation

  init(fallback: UInt64?) {
    self.fallback = fallback
    (verdicts, report) = AsyncStream.makeStream(of: Verdict.self)
  }

  /// A call has ended.
  func ended(failed: Bool) {
    let verdict = count.withLock { count -> Verdict? in
      guard !count.isOver else { return nil }
      if failed { count.failed += 1 } else { count.answered += 1 }
      let isFailed = count.failed >= Self.failures
      guard isFailed || count.answered + count.failed >= Self.calls else { return nil }
      count.isOver = true
      return isFailed ? .failed : .passed
    }
    if let verdict { report.yield(verdict) }
  }

  /// It is not watched any more.
  func end() {
    count.withLock { $0.isOver = true }
    report.finish()
  }

  /// Waits for the outcome; where the time is over before there were calls enough, it has failed if it failed more of them
  /// than it answered.
  func verdict(within time: Duration?) async -> Verdict {
    await withTaskGroup { group in
      group.addTask { [verdicts] in
        for await verdict in verdicts { return verdict }
        return .passed
      }
      if let time {
        group.addTask {
          try? await Task.sleep(for: time)  // cut short when the outcome is there
          return self.verdictSoFar
        }
      }
      defer { group.cancelAll() }
      return await group.next() ?? .passed
    }
  }

  private var verdictSoFar: Verdict {
    count.withLock { $0.failed > $0.answered ? .failed : .passed }
  }

  /// How many of its calls have failed so far.
  var failed: Int { count.withLock { $0.failed } }
}
