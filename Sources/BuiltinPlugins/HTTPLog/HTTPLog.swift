// SPDX-License-Identifier: Apache-2.0

import LogEntries
import PluginSDK

/// Kong's `http-log`: an entry for each exchange, sent to an HTTP server by the host, in batches and with retries.
@main
struct HTTPLog: Plugin, CompletePhase {
  static let manifest = Manifest(
    name: "http-log", version: "0.1.0", priority: 12, services: [.deliver], onFailure: .open)

  static let schema = HTTPLogConfig.schema

  private static let queue = "http"

  private let config: HTTPLogConfig

  init(config: HTTPLogConfig, host: Host) { self.config = config }

  var queues: [DeliveryQueue] {
    [DeliveryQueue(Self.queue, to: .http(config.destination), config.options)]
  }

  var completeInterest: CompleteInterest? { LogEntry.interest }

  mutating func complete(_ exchange: inout CompletedExchange) {
    exchange.deliver(LogEntry(of: exchange).line, to: Self.queue)
  }
}
