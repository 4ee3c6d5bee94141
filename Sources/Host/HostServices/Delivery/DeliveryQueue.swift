// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// An entry on its way to a destination.
package struct DeliveryEntry: Sendable, Equatable {
  package var bytes: ByteBuffer
  /// Of a message for syslog.
  package var severity: UInt8

  package init(_ bytes: ByteBuffer, severity: UInt8 = 6) {
    self.bytes = bytes
    self.severity = severity
  }
}

/// A bounded queue of entries for one destination, with Kong's semantics: gathers batches, tries again with growing delays,
/// gives a batch up when its time is over, and drops the oldest entries when there is no room. It only decides; its driver
/// sends.
///
/// Every entry ends once: it is delivered, or dropped for a reason. Times are in nanoseconds of a clock that only grows.
package struct DeliveryQueue {
  package typealias BatchID = UInt64

  package enum Action: Equatable {
    /// Send these; answered by ``sent(_:now:_:)`` or ``failed(_:now:_:)``.
    case send(BatchID, [DeliveryEntry])
    /// So many entries were lost.
    case dropped(Int, DropReason)
  }

  /// Nanoseconds from ``close(now:_:)`` in which what fails is still tried again.
  static let closingTime: UInt64 = 1_000_000_000

  private struct Batch {
    let entries: [DeliveryEntry]
    let bytes: Int
    /// When it was sent first.
    let started: UInt64
    var retries = 0
    /// When it is sent again; nil: it is under way.
    var due: UInt64?
  }

  /// What counts from the next entry on.
  package var parameters: DeliveryParameters
  /// What has become of entries; what is held is counted when it is asked for.
  private var totals = DeliveryCounts()
  private var waiting: [(entry: DeliveryEntry, queued: UInt64)] = []
  /// Where the oldest waiting entry is: what is before it has gone.
  private var head = 0
  private var waitingBytes = 0
  private var batches: [BatchID: Batch] = [:]
  private var batchBytes = 0
  private var lastBatch: BatchID = 0
  /// Since when the host is about to end.
  private var closed: UInt64?

  package init(_ parameters: DeliveryParameters) { self.parameters = parameters }

  /// Whether nothing waits and nothing is under way.
  package var isIdle: Bool { waitingCount == 0 && batches.isEmpty }

  package var counts: DeliveryCounts {
    var counts = totals
    counts.waiting = waitingCount + batches.values.reduce(0) { $0 + $1.entries.count }
    counts.bytes = waitingBytes + batchBytes
    return counts
  }

  private var waitingCount: Int { waiting.count - head }

  /// Takes an entry in.
  package mutating func enqueue(_ entry: DeliveryEntry, now: UInt64, _ actions: inout [Action]) {
    totals.queued += 1
    let size = entry.bytes.readableBytes
    let limit = min(parameters.maxBytes, DeliveryParameters.byteLimit)
    guard size <= limit else { return drop(1, .tooLarge, &actions) }
    var lost = 0
    while waitingCount >= max(1, parameters.maxEntries)
      || waitingCount > 0 && waitingBytes + size > limit
    {
      removeOldest()
      lost += 1
    }
    drop(lost, .full, &actions)
    // What is under way cannot be called back, so the newest has to go where it takes all the room.
    guard waitingBytes + batchBytes + size <= DeliveryParameters.byteLimit else {
      return drop(1, .full, &actions)
    }
    waiting.append((entry, now))
    waitingBytes += size
    advance(now: now, &actions)
  }

  /// A batch has arrived.
  package mutating func sent(_ id: BatchID, now: UInt64, _ actions: inout [Action]) {
    guard let batch = remove(id) else { return }
    totals.delivered += batch.entries.count
    advance(now: now, &actions)
  }

  /// A batch has not arrived, as far as is known. It may arrive another time.
  package mutating func failed(_ id: BatchID, now: UInt64, _ actions: inout [Action]) {
    guard var batch = batches[id], batch.due == nil else { return }
    // A destination that is away does not hold up the end for long.
    let isLate = closed.map { now &- $0 >= Self.closingTime } ?? false
    guard let limit = parameters.maxRetryTime, now &- batch.started <= limit, !isLate else {
      _ = remove(id)
      drop(batch.entries.count, isLate ? .shutdown : .failed, &actions)
      return advance(now: now, &actions)
    }
    batch.due = now &+ parameters.delay(after: batch.retries)
    batches[id] = batch
  }

  /// The destination will never take the batch.
  package mutating func refused(_ id: BatchID, now: UInt64, _ actions: inout [Action]) {
    guard let batch = remove(id) else { return }
    drop(batch.entries.count, .refused, &actions)
    advance(now: now, &actions)
  }

  /// When ``timePassed(now:_:)`` is to be called; nil: only events count.
  package var nextTime: UInt64? {
    var next = batches.values.compactMap(\.due).min()
    if waitingCount > 0, batches.count < max(1, parameters.concurrency) {
      let full = waiting[head].queued &+ parameters.coalescingDelay
      next = min(next ?? full, full)
    }
    return next
  }

  /// Sends what is due.
  package mutating func timePassed(now: UInt64, _ actions: inout [Action]) {
    for id in batches.keys.sorted() {
      guard let due = batches[id]?.due, due <= now else { continue }
      sendAgain(id, &actions)
    }
    advance(now: now, &actions)
  }

  /// The host is about to end: nothing waits for company any more, what has failed is tried again at once, and for a
  /// second longer.
  package mutating func close(now: UInt64, _ actions: inout [Action]) {
    closed = closed ?? now
    for id in batches.keys.sorted() where batches[id]?.due != nil { sendAgain(id, &actions) }
    advance(now: now, &actions)
  }

  /// There is no more time: whatever has not arrived is lost.
  package mutating func abandon(_ actions: inout [Action]) {
    let lost = waitingCount + batches.values.reduce(0) { $0 + $1.entries.count }
    waiting = []
    head = 0
    waitingBytes = 0
    batches = [:]
    batchBytes = 0
    drop(lost, .shutdown, &actions)
  }

  private mutating func sendAgain(_ id: BatchID, _ actions: inout [Action]) {
    guard var batch = batches[id] else { return }
    batch.due = nil
    batch.retries += 1
    totals.retries += 1
    batches[id] = batch
    actions.append(.send(id, batch.entries))
  }

  /// Makes batches of what waits, as many as may be under way.
  private mutating func advance(now: UInt64, _ actions: inout [Action]) {
    let size = max(1, parameters.batchSize)
    while waitingCount > 0, batches.count < max(1, parameters.concurrency) {
      let isDue =
        closed != nil || size == 1 || waitingCount >= size
        || now >= waiting[head].queued &+ parameters.coalescingDelay
      guard isDue else { break }
      let entries = waiting[head..<min(head + size, waiting.count)].map(\.entry)
      for _ in entries { removeOldest() }
      let bytes = entries.reduce(0) { $0 + $1.bytes.readableBytes }
      lastBatch += 1
      batches[lastBatch] = Batch(entries: entries, bytes: bytes, started: now)
      batchBytes += bytes
      actions.append(.send(lastBatch, entries))
    }
  }

  private mutating func remove(_ id: BatchID) -> Batch? {
    guard let batch = batches.removeValue(forKey: id) else { return nil }
    batchBytes -= batch.bytes
    return batch
  }

  private mutating func removeOldest() {
    waitingBytes -= waiting[head].entry.bytes.readableBytes
    waiting[head].entry.bytes = ByteBuffer()
    head += 1
    // What is left moves to the front only when that costs no more than what has gone.
    if head >= 64, head * 2 >= waiting.count {
      waiting.removeFirst(head)
      head = 0
    }
  }

  private mutating func drop(_ count: Int, _ reason: DropReason, _ actions: inout [Action]) {
    guard count > 0 else { return }
    totals.dropped[reason, default: 0] += count
    actions.append(.dropped(count, reason))
  }
}
