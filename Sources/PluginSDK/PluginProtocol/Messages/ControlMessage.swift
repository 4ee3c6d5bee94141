// SPDX-License-Identifier: Apache-2.0

/// A message of the control connection as a value.
package enum ControlMessage: Equatable, Sendable {
  case hello(Hello)
  case ready(Ready)
  case configure(Configure)
  case configured(Configured)
  case ping(nonce: UInt64)
  case pong(nonce: UInt64, inFlight: UInt32)
  case drain(deadlineMilliseconds: UInt32)
  case drained
  case failure(PeerFailure)
  case log(LogLine)

  package struct Hello: Equatable, Sendable {
    package var versions: ClosedRange<UInt32>
    package var host: String
    package var incarnation: UInt64
    package var dataConnections: UInt32
    package var limits: ConnectionLimits

    package init(
      versions: ClosedRange<UInt32>, host: String, incarnation: UInt64, dataConnections: UInt32,
      limits: ConnectionLimits
    ) {
      self.versions = versions
      self.host = host
      self.incarnation = incarnation
      self.dataConnections = dataConnections
      self.limits = limits
    }
  }

  package struct Ready: Equatable, Sendable {
    package var version: UInt32
    package var manifest: PackageManifest
    package var limits: ConnectionLimits
    package var sdk: String

    package init(
      version: UInt32, manifest: PackageManifest, limits: ConnectionLimits, sdk: String
    ) {
      self.version = version
      self.manifest = manifest
      self.limits = limits
      self.sdk = sdk
    }
  }

  package struct Configure: Equatable, Sendable {
    package struct Instance: Equatable, Sendable {
      package var instance: UInt32
      package var id: String
      /// JSON.
      package var config: [UInt8]

      package init(instance: UInt32, id: String, config: [UInt8]) {
        self.instance = instance
        self.id = id
        self.config = config
      }
    }

    package var generation: UInt64
    package var isDryRun: Bool
    package var instances: [Instance]
    package var oldestGeneration: UInt64
    /// Those that may still have exchanges; empty: all from the oldest on.
    package var liveGenerations: [UInt64]

    package init(
      generation: UInt64, isDryRun: Bool, instances: [Instance], oldestGeneration: UInt64,
      liveGenerations: [UInt64] = []
    ) {
      self.generation = generation
      self.isDryRun = isDryRun
      self.instances = instances
      self.oldestGeneration = oldestGeneration
      self.liveGenerations = liveGenerations
    }
  }

  package struct Configured: Equatable, Sendable {
    package struct Diagnostic: Equatable, Sendable {
      package var isWarning: Bool
      /// JSON pointer into the config.
      package var pointer: String
      package var message: String

      package init(isWarning: Bool, pointer: String, message: String) {
        self.isWarning = isWarning
        self.pointer = pointer
        self.message = message
      }
    }

    package struct Instance: Equatable, Sendable {
      package var instance: UInt32
      package var subscriptions: [SubscriptionMessage]
      package var diagnostics: [Diagnostic]
      package var logFiles: [String]
      package var queues: [QueueMessage]
      package var metrics: [MetricMessage]

      package init(
        instance: UInt32, subscriptions: [SubscriptionMessage], diagnostics: [Diagnostic],
        logFiles: [String] = [], queues: [QueueMessage] = [], metrics: [MetricMessage] = []
      ) {
        self.instance = instance
        self.subscriptions = subscriptions
        self.diagnostics = diagnostics
        self.logFiles = logFiles
        self.queues = queues
        self.metrics = metrics
      }
    }

    package var generation: UInt64
    package var instances: [Instance]

    package init(generation: UInt64, instances: [Instance]) {
      self.generation = generation
      self.instances = instances
    }
  }

  /// A line for the host's log.
  package struct LogLine: Equatable, Sendable {
    /// The protocol's number.
    package var level: UInt32
    package var message: String
    /// 0: none.
    package var exchange: UInt64

    package init(level: UInt32, message: String, exchange: UInt64) {
      self.level = level
      self.message = message
      self.exchange = exchange
    }
  }
}

/// Why the other side ends the connection.
package struct PeerFailure: Error, Equatable, Sendable {
  /// Stable, lower case.
  package var code: String
  package var message: String
  package var hint: String

  package init(code: String, message: String, hint: String = "") {
    self.code = code
    self.message = message
    self.hint = hint
  }
}
