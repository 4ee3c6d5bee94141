// SPDX-License-Identifier: Apache-2.0

/// What a plugin can ask of the host. Keep the value that the initializer got.
///
/// Services belong to a call: they work in the task of a phase's method and in its child tasks, and end
/// with the call. In a detached task, or outside of calls, they throw the code `no-call`; ``log`` works
/// everywhere.
public struct Host: Sendable {
  let core: HostCore

  /// The id of the `plugins:` entry that this plugin's config is of: the same as long as the entry is.
  public let instanceID: String

  /// Lines for the host's log.
  public var log: HostLog { HostLog(core: core) }

  /// HTTP requests, made by the host: it resolves, connects, encrypts and fills in secrets.
  public var http: HTTPService { HTTPService(core: core) }

  /// Keys and values of this plugin, shared by its processes.
  public var kv: KVService { KVService(core: core) }

  /// Counters of this plugin, shared by its processes.
  public var counter: CounterService { CounterService(core: core) }

  /// Signatures with the secrets of this plugin's config.
  public var sign: SignService { SignService(core: core) }

  /// Consumers and what they are known by.
  public var consumers: ConsumersService { ConsumersService(core: core) }

  /// Measurements, which become part of the current call's reply.
  public var metric: HostMetrics { HostMetrics(core: core) }

  /// What the current call has left of its time; nil outside of calls.
  public var remaining: Duration? { core.remaining }

  /// Waits without holding up other calls. Ends early, and throws, when the call is cancelled.
  public func sleep(for duration: Duration) async throws {
    try await core.sleep(microseconds: duration.wholeMicroseconds)
  }
}

/// Why a host service did not do what it was asked for.
public struct HostError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Stable, lower case, with hyphens: `timeout`, `refused`, `no-call`, …
  public let code: String
  /// For people; holds nothing secret.
  public let message: String

  /// An error.
  public init(code: String, message: String) {
    self.code = code
    self.message = message
  }

  /// Code or place, and message.
  public var description: String { "\(code): \(message)" }

  static let noCall = HostError(
    code: "no-call", message: "host services work in the task of a call and in its child tasks")
}

/// Lines for the host's log. They are not part of an exchange's outcome.
public struct HostLog: Sendable {
  let core: HostCore

  /// For who follows single steps.
  public func trace(_ message: @autoclosure () -> String) { core.log(.trace, message()) }
  /// For who looks for an error.
  public func debug(_ message: @autoclosure () -> String) { core.log(.debug, message()) }
  /// For who wants to know what happens.
  public func info(_ message: @autoclosure () -> String) { core.log(.info, message()) }
  /// For the operator: something is wrong and goes on.
  public func warning(_ message: @autoclosure () -> String) { core.log(.warning, message()) }
  /// For the operator: something failed.
  public func error(_ message: @autoclosure () -> String) { core.log(.error, message()) }
}

/// Severity of a log line.
package enum LogLevel: Sendable { case trace, debug, info, warning, error }

/// Measurements of the current call. Outside of a call's task they are dropped.
public struct HostMetrics: Sendable {
  let core: HostCore

  /// Adds to a counter.
  public func count(
    _ name: String, by amount: Double = 1, _ labels: KeyValuePairs<String, String> = [:]
  ) {
    core.measure { $0.count(name, by: amount, labels) }
  }

  /// Sets a gauge.
  public func gauge(
    _ name: String, _ value: Double, _ labels: KeyValuePairs<String, String> = [:]
  ) {
    core.measure { $0.gauge(name, value, labels) }
  }

  /// Adds a value to a histogram.
  public func observe(
    _ name: String, _ value: Double, _ labels: KeyValuePairs<String, String> = [:]
  ) {
    core.measure { $0.observe(name, value, labels) }
  }
}

extension Duration {
  /// Rounded down; negative durations are zero.
  package var wholeMicroseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000)
    return overflow ? .max : whole &+ UInt64(attoseconds / 1_000_000_000_000)
  }

  /// Rounded up; negative durations are zero.
  package var wholeMilliseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1000)
    let rest = UInt64((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    return overflow ? .max : whole &+ rest
  }
}
