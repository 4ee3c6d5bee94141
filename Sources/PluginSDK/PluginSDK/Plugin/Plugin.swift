// SPDX-License-Identifier: Apache-2.0

/// A gateway plugin: one value, made once from its typed configuration and copied for each exchange.
///
/// A stored `var` is therefore that exchange's own, and needs no lock; what must survive the process goes
/// into the state of a ``Stateful`` plugin. To take part in a phase is to conform to its protocol:
///
/// ```swift
/// @main
/// struct AddHeader: Plugin, RequestPhase {
///   struct Config: DefaultedConfig {
///     var name = "x-hello"
///   }
///   static let manifest = Manifest(name: "add-header", version: "1.0.0")
///   let config: Config
///   init(config: Config, host: Host) { self.config = config }
///
///   mutating func request(_ request: inout Request) -> RequestReply {
///     request.headers[config.name] = "world"
///     return .proceed
///   }
/// }
/// ```
///
/// All calls run on one thread, the loop's: a handler that waits lets others run, a handler that computes
/// for long delays them. Cancellation, deadline and drain arrive as task cancellation.
public protocol Plugin: Sendable {
  /// What one `plugins:` entry of the configuration holds under `config`.
  associatedtype Config: Decodable & Sendable = NoConfig

  /// Who this plugin is and what it needs.
  static var manifest: Manifest { get }

  /// What a config may hold. Inferred from `Config` unless it is given.
  static var schema: ConfigSchema { get }

  /// Makes the value for one entry of the configuration. Called for dry runs too, so without effects.
  ///
  /// - Throws: ``ConfigError`` to refuse the config; the operator sees which field, and why.
  init(config: Config, host: Host) throws

  /// Files that ``PhaseValue/write(_:to:)-(String,_)`` may name. Each must be the value of a string in the
  /// config, for it is the operator who decides what is written where.
  var logFiles: [String] { get }

  /// Queues that ``PhaseValue/deliver(_:to:severity:)`` may name; the manifest names ``HostService/deliver``.
  var queues: [DeliveryQueue] { get }

  /// What the plugin measures. A metric that is not declared has no help, and its histogram no buckets.
  static var metrics: [MetricDeclaration] { get }
}

extension Plugin {
  /// Inferred from `Config`.
  public static var schema: ConfigSchema { ConfigSchema(inferredFrom: Config.self) }
  /// None.
  public var logFiles: [String] { [] }
  /// None.
  public var queues: [DeliveryQueue] { [] }
  /// None.
  public static var metrics: [MetricDeclaration] { [] }
}

/// The config of a plugin that has none.
public struct NoConfig: DefaultedConfig {
  /// Nothing.
  public init() {}
}

/// A config whose properties' values are its defaults.
///
/// ```swift
/// struct Config: DefaultedConfig {
///   var timeout = 1000
///   var header: String?
/// }
/// ```
public protocol DefaultedConfig: Codable, Sendable {
  /// All defaults.
  init()
}

/// A plugin with state that survives its process: the checkpoint.
///
/// The host keeps the newest committed state of each exchange. When the process dies or is replaced, the
/// exchange goes on in another one with that state; everything else in the value starts anew. It is sent
/// when it changed. Of an `Equatable` state that is known without encoding it: one that equals the former is neither
/// encoded nor sent. Encoded it has at most 64 KiB; with more the call fails with the code `state-too-large`.
public protocol Stateful: Plugin {
  /// Small, and readable by each version of the plugin with the same ``Manifest/stateVersion``.
  associatedtype State: Codable & Sendable

  var state: State { get set }
}
