// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostPools
import HostServices
import PluginProtocol

/// Where the entries of one queue go, and how: what an instance declared of it, checked, for all event loops.
final class DeliveryTarget: Sendable {
  /// Names a queue. A configuration that goes on with the same one goes on with the same queue.
  struct Key: Hashable, Sendable {
    let plugin: String
    /// Id of the `plugins:` entry.
    let instance: String
    let queue: String
    /// Where to: what was meant for another place goes there still.
    let place: String
  }

  /// What is wrong with a declaration; who runs the gateway reads it.
  struct Problem: Error {
    let message: String
    /// Where in the config it is, as far as is known.
    var pointer = ""
  }

  enum Destination: Sendable {
    case http(HTTPDestination)
    case tcp(TCPDestination)
    case syslog(SyslogDestination)

    /// Whether the connection of who sends to the other one is one to this. Who sends requests has none of its own.
    func keepsSender(of other: Destination) -> Bool {
      switch (self, other) {
      case (.tcp(let own), .tcp(let other)): own == other
      case (.syslog(let own), .syslog(let other)): own == other
      default: false
      }
    }
  }

  let key: Key
  let parameters: DeliveryParameters
  let destination: Destination
  /// Of which configuration it is.
  let generation: UInt64

  /// - Parameters:
  ///   - config: of the instance: all that a destination needs to know must be in it.
  ///   - secrets: with the handles that stand in the config.
  init(
    _ queue: QueueMessage, of plugin: PluginInstance, secrets: SecretTable, generation: UInt64
  ) throws(Problem) {
    self.generation = generation
    parameters = DeliveryParameters(queue)
    let place: String
    switch queue.destination {
    case .http(let message):
      let http = try HTTPDestination(message, of: plugin, secrets)
      destination = .http(http)
      place = http.place
    case .tcp(let message):
      let tcp = try TCPDestination(message, of: plugin)
      destination = .tcp(tcp)
      place = "\(tcp.host):\(tcp.port)"
    case .syslog(let message):
      let syslog = try SyslogDestination(message, of: plugin)
      destination = .syslog(syslog)
      place = syslog.path
    case .unknown:
      throw Problem(message: "the host does not know where the queue '\(queue.name)' leads")
    }
    key = Key(plugin: plugin.name, instance: plugin.id, queue: queue.name, place: place)
  }

  /// Host and port, or a path: what logs may say of it.
  var address: String {
    switch destination {
    case .http(let http): "\(http.origin.host):\(http.origin.port)"
    case .tcp(let tcp): "\(tcp.host):\(tcp.port)"
    case .syslog(let syslog): syslog.path
    }
  }

  /// Nanoseconds that an idle connection is kept.
  var keepalive: UInt64 {
    switch destination {
    case .http(let http): http.keepalive
    case .tcp(let tcp): tcp.keepalive
    case .syslog: 60_000_000_000
    }
  }
}

extension DeliveryParameters {
  /// What a plugin wants, within the host's limits.
  init(_ queue: QueueMessage) {
    func nanoseconds(_ microseconds: UInt64) -> UInt64 {
      let (product, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
      return overflow ? .max : product
    }
    self.init()
    batchSize = max(1, Int(queue.batchSize))
    coalescingDelay = nanoseconds(queue.coalescingDelay)
    maxEntries = queue.maxEntries == 0 ? 10_000 : Int(queue.maxEntries)
    maxBytes =
      queue.maxBytes == 0
      ? Self.byteLimit : min(Int(clamping: queue.maxBytes), Self.byteLimit)
    initialRetryDelay = nanoseconds(queue.initialRetryDelay)
    maxRetryDelay = nanoseconds(queue.maxRetryDelay)
    maxRetryTime = queue.retries ? nanoseconds(queue.maxRetryTime) : nil
    concurrency = min(max(1, Int(queue.concurrency)), Self.concurrencyLimit)
    if case .http(let http) = queue.destination, !http.isArray { batchSize = 1 }
  }
}
