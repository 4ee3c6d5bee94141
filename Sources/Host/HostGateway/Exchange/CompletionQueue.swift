// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Exchanges whose complete phase is to begin. Nobody waits for it, so those of a moment go together: a process is woken once
/// for all of them and finds its caches warm, and the next request need not share its processor with the log of the last.
final class CompletionQueue {
  /// How long the first waits for others.
  static let delay = TimeAmount.milliseconds(5)
  /// As many do not wait any longer.
  static let limit = 32

  private let loop: any EventLoop
  private var waiting: [(exchange: Exchange, step: Int)] = []
  private var isScheduled = false

  init(loop: any EventLoop) { self.loop = loop }

  /// The exchange's first call of the phase is made soon.
  func add(_ exchange: Exchange, step: Int) {
    waiting.append((exchange, step))
    if waiting.count == Self.limit { return release() }
    guard !isScheduled else { return }
    isScheduled = true
    loop.assumeIsolated().scheduleTask(in: Self.delay) { [self] in
      isScheduled = false
      release()
    }
  }

  private func release() {
    let released = waiting
    waiting.removeAll()
    for (exchange, step) in released { exchange.complete(step) }
  }
}
