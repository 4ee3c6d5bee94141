// SPDX-License-Identifier: Apache-2.0

import HostClients
import HostServices
import Logging
import NIOCore

/// One queue and who sends for it: obeys ``DeliveryQueue``, on the one event loop that the queue lives on.
final class DeliveryDriver {
  private unowned let worker: Worker
  private(set) var target: DeliveryTarget
  private var queue: DeliveryQueue
  private var sender: any DeliverySender
  private var timer: (time: UInt64, task: Scheduled<Void>)?
  /// A line a second at most of each kind: a destination that is away must not fill the log.
  private var failureLog = LogThrottle(limit: 1)
  private var lossLog = LogThrottle(limit: 1)
  /// Told when nothing is left and no connection is kept: the queue may be forgotten.
  private let ended: (DeliveryDriver) -> Void
  /// Told when nothing is left.
  private var whenIdle: EventLoopPromise<Void>?

  init(
    _ target: DeliveryTarget, worker: Worker, ended: @escaping (DeliveryDriver) -> Void
  ) {
    self.target = target
    self.worker = worker
    self.ended = ended
    queue = DeliveryQueue(target.parameters)
    sender = Self.sender(for: target, worker)
  }

  var counts: DeliveryCounts { queue.counts }

  private static func sender(for target: DeliveryTarget, _ worker: Worker) -> any DeliverySender {
    switch target.destination {
    case .http(let http): HTTPSender(http, worker: worker)
    case .tcp(let tcp): TCPSender(tcp, worker: worker)
    case .syslog(let syslog): SyslogSender(syslog)
    }
  }

  /// Takes an entry in. What the newest configuration says counts for all of the queue.
  func take(_ entry: DeliveryEntry, _ target: DeliveryTarget) {
    if target !== self.target, target.generation >= self.target.generation {
      let former = self.target.destination
      self.target = target
      queue.parameters = target.parameters
      // Every snapshot has targets of its own, and several may be in use: a connection outlives them.
      if !target.destination.keepsSender(of: former) { sender = Self.sender(for: target, worker) }
    }
    on { $0.enqueue(entry, now: worker.now(), &$1) }
  }

  /// The host is about to end. Done when nothing is left.
  func finish() -> EventLoopFuture<Void> {
    let promise = whenIdle ?? worker.loop.makePromise(of: Void.self)
    whenIdle = promise
    on { $0.close(now: worker.now(), &$1) }
    return promise.futureResult
  }

  /// There is no more time.
  func abandon() { on { $0.abandon(&$1) } }

  private func on(_ event: (inout DeliveryQueue, inout [DeliveryQueue.Action]) -> Void) {
    var actions: [DeliveryQueue.Action] = []
    event(&queue, &actions)
    for action in actions {
      switch action {
      case .send(let id, let entries): send(id, entries)
      case .dropped(let count, let reason): dropped(count, reason)
      }
    }
    settle()
  }

  private func send(_ id: DeliveryQueue.BatchID, _ entries: [DeliveryEntry]) {
    sender.send(entries) { [weak self] outcome in
      guard let self else { return }
      switch outcome {
      case .delivered: on { $0.sent(id, now: worker.now(), &$1) }
      case .failed(let reason):
        noteFailure("entries were not delivered", reason)
        on { $0.failed(id, now: worker.now(), &$1) }
      case .refused(let reason):
        noteFailure("entries were refused", reason)
        on { $0.refused(id, now: worker.now(), &$1) }
      }
    }
  }

  private func noteFailure(_ message: Logger.Message, _ reason: String) {
    guard let left = failureLog.pass(now: worker.now()) else { return }
    worker.logger.warning(message, metadata: facts(["reason": "\(reason)"], left))
  }

  private func dropped(_ count: Int, _ reason: DropReason) {
    guard let left = lossLog.pass(now: worker.now()) else { return }
    worker.logger.error(
      "entries lost",
      metadata: facts(["entries": "\(count)", "reason": "\(reason.rawValue)"], left))
  }

  private func facts(_ facts: Logger.Metadata, _ left: Int) -> Logger.Metadata {
    var facts = facts
    facts["plugin"] = "\(target.key.plugin)"
    facts["destination"] = "\(target.address)"
    if left > 0 { facts["left_out"] = "\(left)" }
    return facts
  }

  /// Sees to it that it is called when something is due, and that it ends when nothing ever will be.
  private func settle() {
    if queue.isIdle {
      whenIdle?.succeed()
      whenIdle = nil
    }
    let time = queue.nextTime ?? (queue.isIdle ? worker.now() &+ target.keepalive : nil)
    guard timer?.time != time else { return }
    timer?.task.cancel()
    timer = nil
    guard let time else { return }
    let task = worker.loop.assumeIsolated().scheduleTask(
      deadline: .uptimeNanoseconds(min(time, UInt64(Int64.max)))
    ) { [weak self] () -> Void in self?.timePassed() }
    timer = (time, task)
  }

  private func timePassed() {
    timer = nil
    if queue.isIdle {
      sender.close()
      return ended(self)
    }
    on { $0.timePassed(now: worker.now(), &$1) }
  }
}
