// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// The one thread of a plugin: runs the jobs of its calls' tasks, and timers.
///
/// Unchecked: everything but the jobs that come from elsewhere is touched on the loop's thread only. Which
/// thread that is may change between turns (the test harness does that), never during one.
package final class EventLoop: @unchecked Sendable {
  /// A job, and the exchange whose task it belongs to.
  struct Job: Sendable {
    let job: UnownedJob
    let exchange: Exchange
  }

  /// What other threads want done here.
  private enum Work: Sendable {
    case job(Job)
    case action(@Sendable () -> Void)
  }

  private var jobs: [Job] = []
  private var running: [Job] = []
  private var timers = TimerHeap()
  /// The thread of the present turn; zero between turns. Other threads look at it too.
  private let thread = Atomic<pthread_t>(0)
  private let elsewhere = Mutex<[Work]>([])
  private let hasWorkFromElsewhere = Atomic(false)
  private let wake: @Sendable () -> Void
  private let clock: @Sendable () -> UInt64

  /// The exchange whose job runs: that is how host services know whose call they belong to, in the
  /// handler's task and in its children, which inherit the executor.
  private(set) var current: Exchange?

  /// - Parameters:
  ///   - clock: Microseconds that only grow.
  ///   - wake: Called from any thread when the loop has work; it must lead to a turn.
  package init(clock: @escaping @Sendable () -> UInt64, wake: @escaping @Sendable () -> Void) {
    self.clock = clock
    self.wake = wake
  }

  /// Microseconds of the loop's clock.
  package var now: UInt64 { clock() }

  /// Whether the caller is on the loop, in a turn.
  package var isCurrentThread: Bool {
    thread.load(ordering: .relaxed) == pthread_self()
  }

  /// Runs the closure as a part of the loop.
  package func turn<R>(_ body: () throws -> R) rethrows -> R {
    thread.store(pthread_self(), ordering: .relaxed)
    defer { thread.store(0, ordering: .relaxed) }
    return try body()
  }

  /// Runs the closure on behalf of an exchange.
  func run<R>(for exchange: Exchange, _ body: () -> R) -> R {
    let outer = current
    current = exchange
    defer { current = outer }
    return body()
  }

  func enqueue(_ job: UnownedJob, for exchange: Exchange) {
    let job = Job(job: job, exchange: exchange)
    if isCurrentThread {
      jobs.append(job)
      return
    }
    hand(.job(job))
  }

  /// Runs the closure on the loop: at once when the caller is on it.
  func perform(_ action: @escaping @Sendable () -> Void) {
    if isCurrentThread { action() } else { hand(.action(action)) }
  }

  private func hand(_ work: Work) {
    elsewhere.withLock { $0.append(work) }
    // One wake-up is enough until the loop has looked.
    if !hasWorkFromElsewhere.exchange(true, ordering: .acquiringAndReleasing) { wake() }
  }

  /// Runs everything that is ready: jobs, what they enqueue, and timers that are due.
  package func runReady() {
    repeat {
      if hasWorkFromElsewhere.exchange(false, ordering: .acquiringAndReleasing) { takeForeign() }
      runJobs()
      if !timers.isEmpty { runTimers() }
    } while !jobs.isEmpty || hasWorkFromElsewhere.load(ordering: .acquiring)
  }

  private func takeForeign() {
    let foreign = elsewhere.withLock { work in
      defer { work = [] }
      return work
    }
    for work in foreign {
      switch work {
      case .job(let job): jobs.append(job)
      case .action(let action): action()
      }
    }
  }

  private func runJobs() {
    while !jobs.isEmpty {
      swap(&jobs, &running)
      for job in running {
        run(for: job.exchange) {
          job.job.runSynchronously(on: job.exchange.asUnownedTaskExecutor())
        }
      }
      running.removeAll(keepingCapacity: true)
    }
  }

  private func runTimers() {
    let now = now
    while let timer = timers.popDue(now) { timer.fire() }
  }

  /// Calls the closure on the loop after so many microseconds.
  @discardableResult
  func schedule(after delay: UInt64, _ action: @escaping () -> Void) -> TimerHeap.ID {
    timers.insert(at: now &+ min(delay, UInt64(Int64.max)), action)
  }

  func cancel(_ timer: TimerHeap.ID) { timers.remove(timer) }

  /// When the next timer is due; nil: there is none.
  package var nextTimer: UInt64? { timers.next }
}
