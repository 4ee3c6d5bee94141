// SPDX-License-Identifier: Apache-2.0

/// The embedded store behind the `counter` service: sums, for ever or for a window of time, apart for each plugin.
///
/// A pure value: time comes in. An addition carries an idempotency key, so that a call that is run again on another
/// process gets the first answer and counts once.
package struct CounterStore: Sendable {
  /// Sizes that a plugin cannot exceed.
  package struct Limits: Sendable {
    /// Bytes of a key.
    package var key = 1024
    /// Bytes of the keys of all counters of one plugin.
    package var total = 64 << 20
    /// Counters of one plugin.
    package var counters = 1 << 18
    /// Remembered additions.
    package var writes = WriteMemory<OnAdd>.Limits()

    package init() {}
  }

  /// What a counter says.
  package struct Count: Equatable, Sendable {
    package var value: Int64
    /// When its window ends, in milliseconds since 1970; nil: it has none.
    package var end: UInt64?
  }

  /// How an addition ended.
  package enum OnAdd: Equatable, Sendable {
    case added(Count)
    case refused(StoreRefusal)
  }

  /// The same key with another window is another counter.
  private struct Identity: Hashable {
    let key: [UInt8]
    let window: UInt64
  }

  private struct Namespace {
    var counters: [Identity: Count] = [:]
    var bytes = 0
    /// No window ends before this: to look for ended ones earlier is in vain.
    var firstEnd: UInt64 = 0
    /// When ended ones were last looked for; later than now when the clock was set back.
    var swept: UInt64 = 0
  }

  private let limits: Limits
  private var namespaces: [String: Namespace] = [:]
  private var memory: WriteMemory<OnAdd>

  package init(limits: Limits = Limits()) {
    self.limits = limits
    memory = WriteMemory(limits: limits.writes)
  }

  /// What the counter says; 0 when nothing was added in the present window.
  ///
  /// - Parameters:
  ///   - window: milliseconds; 0: none.
  ///   - now: milliseconds since 1970.
  package func get(_ key: [UInt8], window: UInt64, of plugin: String, now: UInt64) -> Count {
    let fresh = Self.fresh(window: window, now: now)
    guard let count = namespaces[plugin]?.counters[Identity(key: key, window: window)],
      Self.isCurrent(count, fresh, window: window)
    else { return fresh }
    return count
  }

  /// Adds to the counter.
  ///
  /// - Parameters:
  ///   - window: milliseconds; 0: none.
  ///   - now: milliseconds since 1970.
  package mutating func add(
    _ amount: Int64, to key: [UInt8], window: UInt64, of plugin: String, now: UInt64,
    write: WriteKey
  ) -> OnAdd {
    let identity = Identity(key: key, window: window)
    if let answer = memory.answer(to: write, on: identity) { return answer }
    guard memory.hasRoom(for: write, of: plugin) else { return .refused(.tooManyWrites) }
    let answer = add(amount, to: identity, of: plugin, now: now)
    memory.remember(answer, to: write, on: identity, of: plugin)
    return answer
  }

  /// The exchange is over: its writes are not run again.
  package mutating func forget(exchange: UInt64) { memory.forget(exchange: exchange) }

  private mutating func add(
    _ amount: Int64, to identity: Identity, of plugin: String, now: UInt64
  ) -> OnAdd {
    guard identity.key.count <= limits.key else { return .refused(.keyTooLong(limit: limits.key)) }
    let present = namespaces[plugin]?.counters[identity]
    var count = Self.fresh(window: identity.window, now: now)
    if let present, Self.isCurrent(present, count, window: identity.window) { count = present }
    let (sum, overflow) = count.value.addingReportingOverflow(amount)
    guard !overflow else { return .refused(.overflow) }
    count.value = sum
    if present == nil {
      guard makeRoom(for: identity, of: plugin, now: now) else { return .refused(.full) }
      namespaces[plugin, default: Namespace()].bytes += identity.key.count
    }
    namespaces[plugin, default: Namespace()].counters[identity] = count
    if let end = count.end, let first = namespaces[plugin]?.firstEnd {
      namespaces[plugin]?.firstEnd = min(first, end)
    }
    return .added(count)
  }

  /// The counter of the present window, before anything is added to it.
  private static func fresh(window: UInt64, now: UInt64) -> Count {
    guard window > 0 else { return Count(value: 0, end: nil) }
    let (end, isNever) = (now - now % window).addingReportingOverflow(window)
    return Count(value: 0, end: isNever ? .max : end)
  }

  /// Whether the counter is of the present window. A clock that was set back a little goes on in the window that had
  /// begun: it must not begin twice.
  private static func isCurrent(_ count: Count, _ fresh: Count, window: UInt64) -> Bool {
    guard let end = count.end, let now = fresh.end else { return true }
    return end >= now && end - now <= window
  }

  /// Sees to it that another counter fits, at the cost of those whose window is over.
  private mutating func makeRoom(
    for identity: Identity, of plugin: String, now: UInt64
  ) -> Bool {
    if hasRoom(for: identity, of: plugin) { return true }
    sweep(plugin, now: now)
    return hasRoom(for: identity, of: plugin)
  }

  private func hasRoom(for identity: Identity, of plugin: String) -> Bool {
    let bytes = namespaces[plugin]?.bytes ?? 0
    return bytes + identity.key.count <= limits.total
      && namespaces[plugin]?.counters.count ?? 0 < limits.counters
  }

  private mutating func sweep(_ plugin: String, now: UInt64) {
    guard var namespace = namespaces[plugin],
      namespace.firstEnd <= now || now < namespace.swept
    else { return }
    namespaces[plugin] = nil  // so that its counters are not copied
    namespace.counters = namespace.counters.filter { identity, count in
      Self.isCurrent(
        count, Self.fresh(window: identity.window, now: now), window: identity.window)
    }
    namespace.bytes = namespace.counters.keys.reduce(0) { $0 + $1.key.count }
    namespace.firstEnd = namespace.counters.values.reduce(.max) { min($0, $1.end ?? .max) }
    namespace.swept = now
    namespaces[plugin] = namespace
  }
}
