// SPDX-License-Identifier: Apache-2.0

import HostServices
import NIOCore

/// The queues that live on one event loop, and what this loop has for those of others.
///
/// A queue lives on one loop, chosen by its name. What exchanges on other loops have for it is handed over once a turn,
/// together: nothing is shared, and nothing is locked.
final class DeliveryDesk {
  /// Whose numbers they are.
  struct Owner: Hashable, Sendable {
    let plugin: String
    /// Id of the `plugins:` entry.
    let instance: String
  }

  private struct Handover: Sendable {
    let entry: DeliveryEntry
    let target: DeliveryTarget
  }

  /// Owners whose numbers are kept when their queues are gone.
  private static let ownerLimit = 1000

  private unowned let worker: Worker
  private let desks: SharedDeliveries
  private var outbox: [Int: [Handover]] = [:]
  private var drivers: [DeliveryTarget.Key: DeliveryDriver] = [:]
  private var former: [Owner: DeliveryCounts] = [:]
  private var isAbandoned = false

  init(worker: Worker, index: Int, desks: SharedDeliveries) {
    self.worker = worker
    self.desks = desks
    desks.open(self, at: index)
  }

  /// An entry of a committed reply.
  func deliver(_ entry: DeliveryEntry, to target: DeliveryTarget) {
    let isFirst = outbox.isEmpty
    outbox[desks.owner(of: target.key), default: []].append(Handover(entry: entry, target: target))
    if isFirst { worker.loop.assumeIsolated().execute { [self] in handOver() } }
  }

  /// Hands over what exchanges had since the last turn.
  func handOver() {
    let entries = outbox
    outbox = [:]
    for (owner, entries) in entries {
      desks.with(owner) { desk in
        for one in entries { desk.take(one.entry, one.target) }
      }
    }
  }

  private func take(_ entry: DeliveryEntry, _ target: DeliveryTarget) {
    let driver =
      drivers[target.key]
      ?? DeliveryDriver(target, worker: worker) { [unowned self] in ended($0) }
    drivers[target.key] = driver
    driver.take(entry, target)
    // It came after the end of all time.
    if isAbandoned { driver.abandon() }
  }

  private func ended(_ driver: DeliveryDriver) {
    drivers[driver.target.key] = nil
    keep(driver.counts, of: driver.target.key, in: &former)
  }

  private func keep(
    _ counts: DeliveryCounts, of key: DeliveryTarget.Key,
    in totals: inout [Owner: DeliveryCounts]
  ) {
    var owner = Owner(plugin: key.plugin, instance: key.instance)
    if totals[owner] == nil, totals.count >= Self.ownerLimit {
      owner = Owner(plugin: key.plugin, instance: "other")
    }
    totals[owner, default: DeliveryCounts()].merge(counts)
  }

  /// What has become of the entries of this loop's queues.
  var counts: [Owner: DeliveryCounts] {
    var totals = former
    for (key, driver) in drivers { keep(driver.counts, of: key, in: &totals) }
    return totals
  }

  /// Done when all queues are empty; at the deadline they are emptied.
  func finish(by deadline: NIODeadline) -> EventLoopFuture<Void> {
    let loop = worker.loop
    let timer = loop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
      isAbandoned = true
      for driver in drivers.values { driver.abandon() }
    }
    return EventLoopFuture.andAllSucceed(drivers.values.map { $0.finish() }, on: loop)
      .assumeIsolated().always { _ in timer.cancel() }.nonisolated()
  }
}

/// The desks of all event loops.
final class SharedDeliveries: Sendable {
  private let loops: [any EventLoop]
  /// Each is used on its own loop only. The desks belong to the workers, and know this.
  private struct Reference {
    weak var desk: DeliveryDesk?
  }

  private let desks: [NIOLoopBoundBox<Reference>]

  init(loops: [any EventLoop]) {
    self.loops = loops
    desks = loops.map { NIOLoopBoundBox.makeBoxSendingValue(Reference(), eventLoop: $0) }
  }

  /// On the desk's own loop.
  func open(_ desk: DeliveryDesk, at index: Int) { desks[index].value.desk = desk }

  /// The loop that a queue lives on: the same one as long as the host runs.
  func owner(of key: DeliveryTarget.Key) -> Int {
    Int(UInt(bitPattern: key.hashValue) % UInt(loops.count))
  }

  /// Runs the closure with a loop's desk, there.
  func with(_ index: Int, _ body: @escaping @Sendable (DeliveryDesk) -> Void) {
    let reference = desks[index]
    if loops[index].inEventLoop {
      if let desk = reference.value.desk { body(desk) }
    } else {
      loops[index].execute { if let desk = reference.value.desk { body(desk) } }
    }
  }
}
