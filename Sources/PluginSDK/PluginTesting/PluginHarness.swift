// SPDX-License-Identifier: Apache-2.0

package import PluginProtocol
public import PluginSDK

/// Runs a plugin in the test's own process, without a host: over the real codec, with services that the test plays.
///
/// ```swift
/// let harness = try await PluginHarness(AddHeader.self, config: .init(name: "x-a"))
/// let result = try await harness.exchange(.get("/")).request()
/// #expect(result.request.headers["x-a"] == "world")
/// ```
///
/// Time is virtual: a plugin's `host.sleep` and deadlines take none. What a plugin reads although its interest does not
/// name it fails the call with a ``HarnessError``.
public final class PluginHarness<P: Plugin>: Sendable {
  private let host: FakeHost
  private let services = FakeServices()
  private let config: [UInt8]
  let subscriptions: [SubscriptionMessage]
  let logFiles: [String]
  /// The queues that the instance declares.
  package let queues: [QueueMessage]

  /// Makes a process of the plugin and configures it with JSON.
  ///
  /// - Throws: `ConfigError` when the config is refused.
  public init(_ type: P.Type, configJSON: String = "{}") async throws {
    let services = services
    let host = FakeHost(services: services) { PluginSession(type, loop: $0) }
    config = Array(configJSON.utf8)
    let configured = try await host.start(config: config)
    let diagnostics = configured.diagnostics.map {
      ConfigDiagnostic($0.pointer, $0.message, isWarning: $0.isWarning)
    }
    guard diagnostics.allSatisfy(\.isWarning) else { throw ConfigError(diagnostics) }
    subscriptions = configured.subscriptions
    logFiles = configured.logFiles
    queues = configured.queues
    self.host = host
  }

  /// Makes a process of the plugin and configures it.
  public convenience init(_ type: P.Type, config: P.Config) async throws where P.Config: Encodable {
    try await self.init(type, configJSON: JSONValue(encoding: config).description)
  }

  /// What a config is refused with, warnings among it; empty: it is accepted.
  ///
  /// - Throws: when the process of the plugin fails otherwise.
  public static func diagnostics(
    _ type: P.Type, configJSON: String
  ) async throws -> [ConfigDiagnostic] {
    do {
      _ = try await PluginHarness(type, configJSON: configJSON)
      return []
    } catch let error as ConfigError {
      return error.diagnostics
    }
  }

  /// Answers the plugin's HTTP requests from here on.
  public func answerHTTP(_ handler: @escaping HTTPHandler) { services.answerHTTP(handler) }

  /// Signs for the plugin from here on, in the host's place.
  public func answerSign(_ handler: @escaping SignHandler) { services.answerSign(handler) }

  /// A value in the key-value service.
  public func value(_ key: String) -> [UInt8]? { services.value(key) }

  /// Puts a value into the key-value service.
  public func set(_ key: String, _ value: [UInt8]) { services.set(key, value) }

  /// A consumer of the configuration, from here on.
  ///
  /// - Parameter keys: ids of its key-auth credentials, by their keys.
  public func add(_ consumer: Consumer, keys: [String: String] = [:]) {
    services.add(consumer, keys: keys)
  }

  /// What a counter of the plugin says, in the present window of the harness's virtual time.
  public func counter(_ key: String, window: Duration? = nil) async -> Int64 {
    services.counter(key, window: window?.wholeMilliseconds ?? 0, now: await host.timeOfDay)
  }

  /// Lines that the plugin logged.
  public var logLines: [String] { get async { await host.logLines } }

  /// Begins an exchange.
  public func exchange(_ request: TestRequest) async throws -> HarnessExchange<P> {
    HarnessExchange(
      harness: self, number: await host.nextExchange(), stream: try await host.openStream(),
      request: request)
  }

  /// The process dies; a fresh one takes its place. Exchanges go on there with their checkpoints.
  func restart() async throws { _ = try await host.start(config: config) }

  func openStream() async throws -> UInt32 { try await host.openStream() }

  func cancel(_ stream: UInt32) async throws { try await host.cancel(stream) }

  func call(_ call: TestCall, on stream: UInt32) async throws -> CallResult {
    try await host.call(
      call, on: stream, shown: ShownFields(try subscription(call.phase)), logFiles: logFiles,
      queues: queues.map(\.name))
  }

  func subscription(_ phase: Phase) throws -> SubscriptionMessage {
    guard let found = subscriptions.first(where: { $0.phase == UInt32(phase.rawValue) }) else {
      throw HarnessError(description: "the instance takes no part in the \(phase) phase")
    }
    return found
  }
}
