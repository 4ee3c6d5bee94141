// SPDX-License-Identifier: Apache-2.0

/// Keys and values of this plugin, shared by its processes. Keys have at most 1024 bytes, values 1 MiB.
///
/// A write carries the identity of its call, so that a call that is run again on another process writes
/// once, and gets the answer that the first one got. Reads are not remembered: a call that is run again
/// reads what it has written itself. To add up, use ``CounterService``, which gives the same sum again.
public struct KVService: Sendable {
  let core: HostCore

  /// The value of a key; nil when there is none.
  public func get(_ key: String) async throws -> KVEntry? {
    let reply = try await core.call(.kvGet(key: key))
    guard case .kvValue(let version) = reply.result else { throw HostError.unexpected }
    return version.map { KVEntry(value: reply.body, version: $0) }
  }

  /// Sets a value and gives its version.
  ///
  /// - Parameter ttl: Nil: until it is deleted.
  @discardableResult
  public func set(
    _ key: String, _ value: some Collection<UInt8>, ttl: Duration? = nil
  ) async throws -> UInt64 {
    let reply = try await core.call(.kvSet(key: key, value: Array(value), ttl: ttl))
    guard case .kvWritten(_, let version) = reply.result else { throw HostError.unexpected }
    return version
  }

  /// Deletes a key; false when there was none.
  @discardableResult
  public func delete(_ key: String) async throws -> Bool {
    let reply = try await core.call(.kvDelete(key: key))
    guard case .kvWritten(let written, _) = reply.result else { throw HostError.unexpected }
    return written
  }

  /// Sets a value if the version is still this one, and gives the new version; nil: it is another one.
  ///
  /// - Parameter version: 0: the key must not exist.
  public func compareAndSet(
    _ key: String, _ value: some Collection<UInt8>, version: UInt64, ttl: Duration? = nil
  ) async throws -> UInt64? {
    let operation = ServiceOperation.kvCompareAndSet(
      key: key, value: Array(value), version: version, ttl: ttl)
    guard case .kvWritten(let written, let version) = try await core.call(operation).result else {
      throw HostError.unexpected
    }
    return written ? version : nil
  }
}

/// A value and its version, which grows with each write.
public struct KVEntry: Sendable {
  /// What was set.
  public let value: Bytes
  /// Grows with each write.
  public let version: UInt64
}
