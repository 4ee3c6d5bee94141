// SPDX-License-Identifier: Apache-2.0

import LogEntries
import PluginSDK

/// Kong's `tcp-log`: a line of JSON for each exchange, sent over TCP by the host.
@main
struct TCPLog: Plugin, CompletePhase {
  struct Config: Decodable, Sendable {
    var host: String
    var port: Int
    /// Milliseconds, as `keepalive`.
    var timeout: Double
    var keepalive: Double
    var tls: Bool
    var tlsSNI: String?
    var sslVerify: Bool

    enum CodingKeys: String, CodingKey {
      case host, port, timeout, keepalive, tls
      case tlsSNI = "tls_sni"
      case sslVerify = "ssl_verify"
    }
  }

  static let manifest = Manifest(
    name: "tcp-log", version: "0.1.0", priority: 7, services: [.deliver], onFailure: .open)

  static let schema = ConfigSchema(
    [
      "host": .string.required.check { value in
        let text = value.text ?? ""
        let isHost = !text.isEmpty && !text.contains { "/ @?#".contains($0) }
        return isHost ? nil : "invalid value: \(text)"
      }.describe("where to: a name or an address"),
      "port": .integer.required.between(0, 65_535).describe("and its port"),
      "timeout": .number.default(10_000).describe("milliseconds to connect, and to write"),
      "keepalive": .number.default(60_000).describe("milliseconds that an idle connection is kept"),
      "tls": .boolean.default(false).describe("whether TLS is spoken"),
      "tls_sni": .string.describe("the name to ask for and to expect; without it, `host`"),
      "ssl_verify": .boolean.default(true).describe("whether the certificate is verified"),
      CustomFields.name: CustomFields.type,
    ],
    checks: [
      CustomFields.check,
      .custom { config in
        config["port"]?.int == 0
          ? [ConfigDiagnostic("/port", "entries cannot be sent to port 0")] : []
      },
    ])

  private static let queue = "tcp"
  /// Lines that leave in one write where several wait.
  private static let batch = 200

  private let config: Config

  init(config: Config, host: Host) { self.config = config }

  var queues: [DeliveryQueue] {
    var destination = TCPDestination(host: config.host, port: config.port)
    destination.timeout = .milliseconds(max(0, config.timeout))
    destination.keepalive = .milliseconds(max(0, config.keepalive))
    destination.usesTLS = config.tls
    destination.serverName = config.tlsSNI
    destination.verifies = config.sslVerify
    var options = DeliveryOptions()
    options.batchSize = Self.batch
    options.coalescingDelay = .zero
    return [DeliveryQueue(Self.queue, to: .tcp(destination), options)]
  }

  var completeInterest: CompleteInterest? { LogEntry.interest }

  mutating func complete(_ exchange: inout CompletedExchange) {
    exchange.deliver(LogEntry(of: exchange).line, to: Self.queue)
  }
}
