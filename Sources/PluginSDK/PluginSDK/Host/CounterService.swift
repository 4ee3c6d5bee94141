// SPDX-License-Identifier: Apache-2.0

/// Counters of this plugin, shared by its processes: for rate limits, quotas and statistics that decide something.
///
/// A counter begins at 0 and is named by its key, at most 1024 bytes, and its window. Without a window it never ends: have
/// a bounded number of those, for a plugin has room for 262,144 counters (64 MiB of keys), and an addition beyond is
/// refused with the code `store-full`. Counters whose window is over make room by themselves.
///
/// An addition carries the identity of its call, so that a call that is run again on another process counts once.
public struct CounterService: Sendable {
  let core: HostCore

  /// Adds to a counter and gives what it then says.
  ///
  /// ```swift
  /// let used = try await host.counter.add("tokens", by: 120, window: .seconds(60))
  /// ```
  ///
  /// - Parameters:
  ///   - amount: May be negative.
  ///   - window: Rounded up to milliseconds. Windows lie side by side from 1970 on, so that all counters of one length
  ///     begin anew at the same time: those of a minute with the minute. Nil: the counter never ends.
  /// - Throws: ``HostError`` when nothing was added: `counter-overflow` for a sum that does not fit into 64 bits,
  ///   `key-too-long`, `store-full`, `bad-window` for a window that is not longer than zero.
  @discardableResult
  public func add(
    _ key: String, by amount: Int64 = 1, window: Duration? = nil
  ) async throws -> CounterValue {
    let window = try Self.milliseconds(of: window)
    return try await value(.counterAdd(key: key, by: amount, window: window))
  }

  /// What a counter says, without counting. 0 when nothing was added in the present window.
  ///
  /// - Parameter window: That with which it was added to; another one is another counter.
  public func get(_ key: String, window: Duration? = nil) async throws -> CounterValue {
    let window = try Self.milliseconds(of: window)
    return try await value(.counterGet(key: key, window: window))
  }

  private func value(_ operation: ServiceOperation) async throws -> CounterValue {
    guard case .counterValue(let value) = try await core.call(operation).result else {
      throw HostError.unexpected
    }
    return value
  }

  private static func milliseconds(of window: Duration?) throws(HostError) -> UInt64 {
    guard let window else { return 0 }
    guard window > .zero else {
      throw HostError(code: "bad-window", message: "a counter's window is longer than zero")
    }
    return window.wholeMilliseconds
  }
}

/// What a counter said.
public struct CounterValue: Sendable, Hashable {
  /// The sum.
  public let value: Int64
  /// When its window ends, in milliseconds since 1970; nil: it has none.
  public let windowEnd: UInt64?
  /// How long the window still lasted when the host answered; nil: it has none.
  public let timeLeft: Duration?
}
