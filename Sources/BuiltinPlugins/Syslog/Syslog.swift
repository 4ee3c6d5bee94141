// SPDX-License-Identifier: Apache-2.0

import LogEntries
import PluginSDK

/// Kong's `syslog`: an entry for each exchange, written to the log of the machine by the host.
@main
struct Syslog: Plugin, CompletePhase {
  struct Config: Decodable, Sendable {
    var logLevel: Severity
    var successfulSeverity: Severity
    var clientErrorsSeverity: Severity
    var serverErrorsSeverity: Severity
    var syslogFacility: Facility
    var patchbay: PatchbayRecord

    enum CodingKeys: String, CodingKey {
      case logLevel = "log_level"
      case successfulSeverity = "successful_severity"
      case clientErrorsSeverity = "client_errors_severity"
      case serverErrorsSeverity = "server_errors_severity"
      case syslogFacility = "syslog_facility"
      case patchbay
    }
  }

  /// What Kong has no word for.
  struct PatchbayRecord: Decodable, Sendable {
    var socket: String
  }

  static let manifest = Manifest(
    name: "syslog", version: "0.1.0", priority: 4, services: [.deliver], onFailure: .open)

  static let schema = ConfigSchema(
    [
      "log_level": severity("what is less severe is not logged"),
      "successful_severity": severity("of a response with a status below 400"),
      "client_errors_severity": severity("of a response with a status from 400 to 499"),
      "server_errors_severity": severity("of a response with a status of 500 and more"),
      "syslog_facility": .string.default("USER").oneOf(
        Facility.allCases.map { .string($0.rawValue) }
      ).describe("the facility of the messages"),
      CustomFields.name: CustomFields.type,
      "patchbay": .record([
        "socket": .string.default("/dev/log").startsWith("/").describe(
          "the socket of the machine's log, as the host sees it")
      ]).required,
    ],
    checks: [CustomFields.check])

  private static func severity(_ summary: String) -> ConfigType {
    .string.default("info").oneOf(Severity.allCases.map { .string($0.rawValue) }).describe(summary)
  }

  private static let queue = "syslog"

  private let config: Config

  init(config: Config, host: Host) { self.config = config }

  var queues: [DeliveryQueue] {
    let socket = config.patchbay.socket
    return [
      DeliveryQueue(
        Self.queue,
        to: .syslog(
          SyslogDestination(
            tag: "kong", facility: config.syslogFacility.number,
            path: socket == "/dev/log" ? nil : socket)))
    ]
  }

  var completeInterest: CompleteInterest? { LogEntry.interest }

  mutating func complete(_ exchange: inout CompletedExchange) {
    let severity = severity(of: exchange.summary.status)
    guard severity.number <= config.logLevel.number else { return }
    exchange.deliver(LogEntry(of: exchange).line, to: Self.queue, severity: severity.number)
  }

  private func severity(of status: Int) -> Severity {
    switch status {
    case 500...: config.serverErrorsSeverity
    case 400...: config.clientErrorsSeverity
    default: config.successfulSeverity
    }
  }
}
