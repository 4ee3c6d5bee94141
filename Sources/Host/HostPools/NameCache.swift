// SPDX-License-Identifier: Apache-2.0

/// What names resolve to, for as long as that holds; and, for a while longer, what they resolved to.
///
/// Addresses whose time is over are used while they are looked up again, so that nobody waits for that, and are used on
/// when the lookup fails. Names that do not exist are remembered too. Who asks gets the addresses in turn.
package struct NameCache<Address: Hashable & Sendable>: Sendable {
  /// All in nanoseconds.
  package struct Times: Sendable, Equatable {
    /// How long addresses are used beyond their time: Kong's `dns_stale_ttl`.
    package var stale: UInt64 = 3_600_000_000_000
    /// How long a name that does not exist is not looked up again: Kong's `dns_not_found_ttl`.
    package var notFound: UInt64 = 30_000_000_000
    /// The same after an error of the servers: Kong's `dns_error_ttl`.
    package var error: UInt64 = 1_000_000_000
    /// In place of what the servers say: Kong's `dns_valid_ttl`.
    package var valid: UInt64?
    /// Answers that hold no longer than this would be one lookup for each connection.
    package var least: UInt64 = 1_000_000_000

    package init() {}
  }

  /// What is known of a name.
  package enum Answer: Equatable {
    /// - Parameter lookUp: their time is over, and nobody looks them up yet.
    case addresses([Address], lookUp: Bool)
    /// Nothing. `found` or `failed` follows.
    ///
    /// - Parameter lookUp: nobody looks it up yet.
    case unknown(lookUp: Bool)
    /// It does not exist, or could not be looked up, a moment ago.
    case failed
  }

  private struct Entry {
    var addresses: [Address] = []
    /// Until when they hold, or that there are none.
    var expires: UInt64 = 0
    /// From when on it may be looked up again.
    var lookUpFrom: UInt64 = 0
    var isLookedUp = false
    var turn = 0
  }

  private let times: Times
  private var entries: [String: Entry] = [:]

  package init(times: Times) { self.times = times }

  /// Names of which something is known.
  package var count: Int { entries.count }

  /// Somebody wants to connect.
  package mutating func find(_ name: String, now: UInt64) -> Answer {
    guard var entry = entries[name] else {
      entries[name] = Entry(isLookedUp: true)
      return .unknown(lookUp: true)
    }
    defer { entries[name] = entry }
    let isUsable = !entry.addresses.isEmpty && now < entry.expires &+ times.stale
    let isDue = !entry.isLookedUp && now >= max(entry.expires, entry.lookUpFrom)
    if isUsable {
      entry.isLookedUp = entry.isLookedUp || isDue
      let first = entry.turn % entry.addresses.count
      entry.turn &+= 1
      return .addresses(Array(entry.addresses[first...] + entry.addresses[..<first]), lookUp: isDue)
    }
    if entry.isLookedUp { return .unknown(lookUp: false) }
    guard isDue else { return .failed }
    entry.isLookedUp = true
    return .unknown(lookUp: true)
  }

  /// Whether a name that is in use is to be looked up again; the caller does so then.
  package mutating func isDue(_ name: String, now: UInt64) -> Bool {
    guard let entry = entries[name], !entry.isLookedUp,
      now >= max(entry.expires, entry.lookUpFrom)
    else { return false }
    entries[name]?.isLookedUp = true
    return true
  }

  /// A lookup has succeeded. Returns whether the addresses are others than before.
  ///
  /// - Parameter time: how long they hold, in nanoseconds.
  package mutating func found(
    _ name: String, _ addresses: [Address], for time: UInt64, now: UInt64
  ) -> Bool {
    guard !addresses.isEmpty else {
      failed(name, isMissing: true, now: now)
      return false
    }
    var entry = entries[name] ?? Entry()
    let isChanged = Set(entry.addresses) != Set(addresses)
    // Servers that shuffle their answer do not disturb the turns.
    if isChanged { entry.addresses = addresses }
    entry.expires = now &+ max(times.valid ?? time, times.least)
    entry.isLookedUp = false
    entries[name] = entry
    return isChanged
  }

  /// A lookup has failed. What was known before is used on until it is too old.
  ///
  /// - Parameter isMissing: the name does not exist, or has no address.
  package mutating func failed(_ name: String, isMissing: Bool, now: UInt64) {
    var entry = entries[name] ?? Entry()
    entry.isLookedUp = false
    entry.lookUpFrom = now &+ (isMissing ? times.notFound : times.error)
    // A name that is gone has no old addresses: that is an answer.
    if isMissing { entry.addresses = [] }
    entries[name] = entry
  }

  /// Forgets what nobody can use any more.
  package mutating func expire(now: UInt64) {
    entries = entries.filter { _, entry in
      entry.isLookedUp || now < entry.lookUpFrom
        || (!entry.addresses.isEmpty && now < entry.expires &+ times.stale)
    }
  }
}
