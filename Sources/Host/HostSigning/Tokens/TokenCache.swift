// SPDX-License-Identifier: Apache-2.0

/// Values that are fetched, live for a time and are wanted by many: one fetch at a time for each key, the next one ahead of
/// the end. A pure machine: what is asked and answered goes in with the time, what is to be done comes out.
///
/// The next value is fetched when somebody asks late in the life of the present one, who gets the present one at once. So
/// what nobody uses any more is not fetched for ever, and nothing needs a timer.
package struct TokenCache<Key: Hashable & Sendable, Value: Sendable, Failure: Error>: Sendable {
  /// Names who waits.
  package typealias Waiter = UInt64

  /// A value and its life, in nanoseconds of the clock that the machine is driven by.
  package struct Token: Sendable {
    package let value: Value
    /// Another number for each value of the cache.
    package let serial: UInt64
    /// From here on the next one is wanted.
    package let staleAt: UInt64
    /// From here on it is not used.
    package let endsAt: UInt64
    /// It was fetched because the one before it was not accepted: if it is not either, then it is not for its age.
    package let isReplacement: Bool
  }

  /// What follows for who asked; `fetch`: and the driver is to fetch a value.
  package enum OnAsk {
    case use(Token, fetch: Bool)
    case wait(fetch: Bool)
    /// The last fetch failed a moment ago.
    case fail(Failure)
  }

  private struct Entry {
    var token: Token?
    var isFetching = false
    var waiters: [Waiter] = []
    /// The last token was not accepted.
    var wantsReplacement = false
    var failures = 0
    var lastFailure: Failure?
    /// No fetch before this.
    var retryAt: UInt64 = 0
    var usedAt: UInt64 = 0
  }

  private static var second: UInt64 { 1_000_000_000 }
  private var entries: [Key: Entry] = [:]
  private var lastSerial: UInt64 = 0
  private let capacity: Int

  /// - Parameter capacity: values that are kept at most; the ones that were used last stay.
  package init(capacity: Int = 1024) { self.capacity = capacity }

  package var count: Int { entries.count }

  /// Whether a fetch has begun and not ended.
  package func isFetching(_ key: Key) -> Bool { entries[key]?.isFetching ?? false }

  /// Somebody needs the value.
  package mutating func ask(_ key: Key, waiter: Waiter, now: UInt64) -> OnAsk {
    if entries[key] == nil { makeRoom() }
    var entry = entries[key] ?? Entry()
    defer { entries[key] = entry }
    entry.usedAt = now
    let mayFetch = !entry.isFetching && now >= entry.retryAt
    if let token = entry.token, now < token.endsAt {
      let fetches = mayFetch && now >= token.staleAt
      if fetches { entry.isFetching = true }
      return .use(token, fetch: fetches)
    }
    entry.token = nil
    if !entry.isFetching, !mayFetch, let failure = entry.lastFailure { return .fail(failure) }
    entry.waiters.append(waiter)
    if !mayFetch { return .wait(fetch: false) }
    entry.isFetching = true
    return .wait(fetch: true)
  }

  /// A fetch has brought a value.
  ///
  /// - Parameter lifetime: nanoseconds from now.
  /// - Returns: the value, and who has waited for it.
  package mutating func fetched(
    _ key: Key, _ value: Value, lifetime: UInt64, now: UInt64
  ) -> (token: Token, waiters: [Waiter]) {
    lastSerial += 1
    let entry = entries[key] ?? Entry()
    // What is on its way when the life ends shall still arrive.
    let margin = min(lifetime / 10, 10 * Self.second)
    let ahead = min(lifetime / 5, 300 * Self.second)
    let token = Token(
      value: value, serial: lastSerial, staleAt: now + lifetime - max(ahead, margin),
      endsAt: now + lifetime - margin, isReplacement: entry.wantsReplacement)
    entries[key] = Entry(token: token, usedAt: max(entry.usedAt, now))
    return (token, entry.waiters)
  }

  /// A fetch has brought none. A value that is there goes on being used until its end; the next fetch waits, longer with
  /// each failure.
  ///
  /// - Returns: who has waited.
  package mutating func failed(_ key: Key, _ failure: Failure, now: UInt64) -> [Waiter] {
    guard var entry = entries[key] else { return [] }
    let waiters = entry.waiters
    entry.waiters = []
    entry.isFetching = false
    entry.retryAt = now + min(Self.second << min(entry.failures, 5), 30 * Self.second)
    entry.failures += 1
    entry.lastFailure = failure
    entries[key] = entry
    return waiters
  }

  /// The value was not accepted where it was used: it is dropped, and another one fetched when it is asked for. A
  /// replacement stays.
  package mutating func rejected(_ key: Key, serial: UInt64) {
    guard let token = entries[key]?.token, token.serial == serial, !token.isReplacement else {
      return
    }
    entries[key]?.token = nil
    entries[key]?.wantsReplacement = true
  }

  /// Nobody shall wait any more, because nothing will be fetched.
  ///
  /// - Returns: who has waited.
  package mutating func stop() -> [Waiter] {
    let waiters = entries.values.flatMap(\.waiters)
    entries = [:]
    return waiters
  }

  private mutating func makeRoom() {
    guard entries.count >= capacity else { return }
    let idle = entries.filter { !$0.value.isFetching }
    if let oldest = idle.min(by: { $0.value.usedAt < $1.value.usedAt }) {
      entries[oldest.key] = nil
    }
  }
}
