// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore

/// Keeps processors awake while a worker has exchanges.
///
/// To wake one that sleeps takes longer than a call to a plugin does, on a virtual machine above all. One that does not
/// sleep costs energy, so an idle gateway lets it: a request after a pause waits once, those after it do not.
final class AwakeProcessors {
  private static let period = TimeAmount.seconds(1)

  private let latency: ProcessorLatency
  private let loop: any EventLoop
  private let logger: Logger
  private var wakefulness = Wakefulness()
  /// Whether there are exchanges that are not over.
  var isBusy: () -> Bool = { false }

  init(_ latency: ProcessorLatency, on loop: any EventLoop, logger: Logger) {
    self.latency = latency
    self.loop = loop
    self.logger = logger
  }

  func exchangeBegan() { obey(wakefulness.exchangeBegan()) }

  private func obey(_ action: Wakefulness.Action) {
    switch action {
    case .nothing: break
    case .keepAwake:
      ask(for: .demand)
      waitForPeriod()
    case .stayAwake: waitForPeriod()
    case .letSleep: ask(for: .release)
    }
  }

  private func waitForPeriod() {
    loop.assumeIsolated().scheduleTask(in: Self.period) { [weak self] in
      guard let self else { return }
      obey(wakefulness.periodPassed(isBusy: isBusy()))
    }
  }

  private func ask(for request: ProcessorLatency.Request) {
    do {
      try latency.ask(for: request)
    } catch {
      logger.warning("cpu_latency is not kept", metadata: ["reason": "\(error)"])
    }
  }
}
