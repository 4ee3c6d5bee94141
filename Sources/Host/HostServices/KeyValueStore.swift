// SPDX-License-Identifier: Apache-2.0

/// The embedded store behind the `kv` service: values with versions and a time to live, apart for each plugin.
///
/// A pure value: time comes in. Writes carry an idempotency key, so that a call that is run again on another process
/// gets the first answer and counts once.
package struct KeyValueStore {
  /// Sizes that a plugin cannot exceed.
  package struct Limits: Sendable {
    /// Bytes of a key.
    package var key = 1024
    /// Bytes of a value.
    package var value = 1 << 20
    /// Bytes of all keys and values of one plugin.
    package var total = 64 << 20
    /// Values of one plugin.
    package var entries = 1 << 18
    /// Remembered writes.
    package var writes = WriteMemory<OnWrite>.Limits()

    package init() {}
  }

  /// A value that is stored.
  package struct Entry: Equatable, Sendable {
    package var value: [UInt8]
    /// Grows with every write in the store; never 0.
    package var version: UInt64
    /// Nanoseconds on the caller's clock at which the value is gone; nil: never.
    package var expires: UInt64?
  }

  /// How a write ended.
  package enum OnWrite: Equatable, Sendable {
    case written(version: UInt64)
    /// The value was not as the write asked; nothing changed.
    case mismatch(version: UInt64)
    case refused(StoreRefusal)
  }

  private struct Namespace {
    var entries: [[UInt8]: Entry] = [:]
    var bytes = 0
    var expiries = ExpiryQueue()
  }

  private let limits: Limits
  private var namespaces: [String: Namespace] = [:]
  private var lastVersion: UInt64 = 0
  private var memory: WriteMemory<OnWrite>

  package init(limits: Limits = Limits()) {
    self.limits = limits
    memory = WriteMemory(limits: limits.writes)
  }

  /// The value of the key, unless it has expired.
  package mutating func get(_ key: [UInt8], of plugin: String, now: UInt64) -> Entry? {
    expire(key, of: plugin, now: now)
    return namespaces[plugin]?.entries[key]
  }

  /// Stores a value.
  ///
  /// - Parameters:
  ///   - expected: the version that the present value must have, 0 for none; nil: whatever it is.
  ///   - ttl: nanoseconds; 0: until it is deleted.
  package mutating func set(
    _ key: [UInt8], to value: [UInt8], of plugin: String, expected: UInt64? = nil, ttl: UInt64 = 0,
    now: UInt64, write: WriteKey
  ) -> OnWrite {
    once(write, on: key, of: plugin) { store in
      let limits = store.limits
      guard key.count <= limits.key else { return .refused(.keyTooLong(limit: limits.key)) }
      guard value.count <= limits.value else {
        return .refused(.valueTooLong(limit: limits.value))
      }
      store.expire(key, of: plugin, now: now)
      let present = store.namespaces[plugin]?.entries[key]
      if let expected, present?.version ?? 0 != expected {
        return .mismatch(version: present?.version ?? 0)
      }
      let grown = value.count - (present?.value.count ?? -key.count)
      if !store.hasRoom(for: grown, isNew: present == nil, of: plugin) {
        store.expireAll(of: plugin, now: now)
        guard store.hasRoom(for: grown, isNew: present == nil, of: plugin) else {
          return .refused(.full)
        }
      }
      store.lastVersion += 1
      // A time that the clock does not reach is never.
      let (end, isNever) = now.addingReportingOverflow(ttl)
      let expires = ttl == 0 || isNever ? nil : end
      store.namespaces[plugin, default: Namespace()].entries[key] = Entry(
        value: value, version: store.lastVersion, expires: expires)
      store.namespaces[plugin]?.bytes += grown
      if let expires { store.willExpire(key, at: expires, of: plugin) }
      return .written(version: store.lastVersion)
    }
  }

  /// Removes a value. Answers with the version that it had, or a mismatch of version 0 when there was none.
  package mutating func delete(
    _ key: [UInt8], of plugin: String, now: UInt64, write: WriteKey
  ) -> OnWrite {
    once(write, on: key, of: plugin) { store in
      store.expire(key, of: plugin, now: now)
      guard let present = store.remove(key, of: plugin) else { return .mismatch(version: 0) }
      return .written(version: present.version)
    }
  }

  private func hasRoom(for bytes: Int, isNew: Bool, of plugin: String) -> Bool {
    guard let namespace = namespaces[plugin] else { return bytes <= limits.total }
    return namespace.bytes + bytes <= limits.total
      && (!isNew || namespace.entries.count < limits.entries)
  }

  /// For tests: times that are kept, of values that are there and of those that were.
  func expiryCount(of plugin: String) -> Int { namespaces[plugin]?.expiries.count ?? 0 }

  /// The exchange is over: its writes are not run again.
  package mutating func forget(exchange: UInt64) { memory.forget(exchange: exchange) }

  private mutating func once(
    _ write: WriteKey, on key: [UInt8], of plugin: String,
    _ body: (inout KeyValueStore) -> OnWrite
  ) -> OnWrite {
    if let answer = memory.answer(to: write, on: key) { return answer }
    guard memory.hasRoom(for: write, of: plugin) else { return .refused(.tooManyWrites) }
    let answer = body(&self)
    memory.remember(answer, to: write, on: key, of: plugin)
    return answer
  }

  @discardableResult
  private mutating func remove(_ key: [UInt8], of plugin: String) -> Entry? {
    guard let entry = namespaces[plugin]?.entries.removeValue(forKey: key) else { return nil }
    namespaces[plugin]?.bytes -= key.count + entry.value.count
    return entry
  }

  private mutating func expire(_ key: [UInt8], of plugin: String, now: UInt64) {
    guard let expires = namespaces[plugin]?.entries[key]?.expires, expires <= now else { return }
    remove(key, of: plugin)
  }

  private mutating func willExpire(_ key: [UInt8], at time: UInt64, of plugin: String) {
    namespaces[plugin]?.expiries.add(key, version: lastVersion, at: time)
    guard let namespace = namespaces[plugin],
      namespace.expiries.count > 2 * namespace.entries.count + 64
    else { return }
    // Most of it is of values that were replaced or deleted.
    namespaces[plugin]?.expiries = ExpiryQueue(namespace.entries)
  }

  /// What a plugin's values cost that have expired is given back. Each is looked at once.
  private mutating func expireAll(of plugin: String, now: UInt64) {
    while let (key, version) = namespaces[plugin]?.expiries.next(until: now) {
      if namespaces[plugin]?.entries[key]?.version == version { remove(key, of: plugin) }
    }
  }
}
