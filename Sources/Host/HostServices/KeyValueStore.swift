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
    /// Remembered writes of one plugin.
    package var writes = 8192

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

  /// Names one write of one call: the same for every process that runs the call.
  package struct WriteKey: Hashable, Sendable {
    package var exchange: UInt64
    package var instance: UInt32
    package var phase: UInt8
    /// Counts the calls of the instance in the exchange. Not a stream's: those begin anew in another process.
    package var ordinal: UInt32
    package var sequence: UInt32

    package init(
      exchange: UInt64, instance: UInt32, phase: UInt8, ordinal: UInt32, sequence: UInt32
    ) {
      self.exchange = exchange
      self.instance = instance
      self.phase = phase
      self.ordinal = ordinal
      self.sequence = sequence
    }
  }

  /// How a write ended.
  package enum OnWrite: Equatable, Sendable {
    case written(version: UInt64)
    /// The value was not as the write asked; nothing changed.
    case mismatch(version: UInt64)
    case refused(Refusal)
  }

  /// Why the store does not take a write.
  package enum Refusal: Error, Equatable, Sendable {
    case keyTooLong
    case valueTooLong
    case full
  }

  private struct Namespace {
    var entries: [[UInt8]: Entry] = [:]
    var bytes = 0
    var written: [WriteKey: OnWrite] = [:]
    var order: [WriteKey] = []
    var oldest = 0
  }

  private let limits: Limits
  private var namespaces: [String: Namespace] = [:]
  private var lastVersion: UInt64 = 0

  package init(limits: Limits = Limits()) { self.limits = limits }

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
    once(write, of: plugin) { store in
      guard key.count <= store.limits.key else { return .refused(.keyTooLong) }
      guard value.count <= store.limits.value else { return .refused(.valueTooLong) }
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
      return .written(version: store.lastVersion)
    }
  }

  /// Removes a value. Answers with the version that it had, or a mismatch of version 0 when there was none.
  package mutating func delete(
    _ key: [UInt8], of plugin: String, now: UInt64, write: WriteKey
  ) -> OnWrite {
    once(write, of: plugin) { store in
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

  private mutating func once(
    _ write: WriteKey, of plugin: String, _ body: (inout KeyValueStore) -> OnWrite
  ) -> OnWrite {
    if let answer = namespaces[plugin]?.written[write] { return answer }
    let answer = body(&self)
    remember(write, answer, of: plugin)
    return answer
  }

  private mutating func remember(_ write: WriteKey, _ answer: OnWrite, of plugin: String) {
    var namespace = namespaces.removeValue(forKey: plugin) ?? Namespace()
    namespace.written[write] = answer
    if namespace.order.count < limits.writes {
      namespace.order.append(write)
    } else {
      namespace.written[namespace.order[namespace.oldest]] = nil
      namespace.order[namespace.oldest] = write
      namespace.oldest = (namespace.oldest + 1) % limits.writes
    }
    namespaces[plugin] = namespace
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

  private mutating func expireAll(of plugin: String, now: UInt64) {
    guard let entries = namespaces[plugin]?.entries else { return }
    for (key, entry) in entries {
      if let expires = entry.expires, expires <= now { remove(key, of: plugin) }
    }
  }
}
