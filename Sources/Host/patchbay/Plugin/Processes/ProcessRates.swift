// SPDX-License-Identifier: Apache-2.0

import HostProcesses

/// What a process did between two answers of a gateway.
struct ProcessRates: TableRow {
  let process: ProcessRecord
  /// A second; nil: the process is new, or the gateway does not count.
  let calls: Double?
  let failures: Double?
  /// Percent of one CPU.
  let cpu: Double?

  /// The rates of all processes that are there now.
  ///
  /// - Parameter seconds: between the two.
  static func rates(
    from before: [ProcessRecord], to now: [ProcessRecord], in seconds: Double
  ) -> [ProcessRates] {
    now.map { process in
      // Another incarnation counts from the beginning.
      let same = before.first {
        $0.plugin == process.plugin && $0.incarnation == process.incarnation
          && $0.pid == process.pid
      }
      func rate(_ value: Double?, _ earlier: Double?) -> Double? {
        guard let value, let earlier, seconds > 0, value >= earlier else { return nil }
        return (value - earlier) / seconds
      }
      return ProcessRates(
        process: process,
        calls: rate(process.calls.map(Double.init), same?.calls.map(Double.init)),
        failures: rate(process.failed.map(Double.init), same?.failed.map(Double.init)),
        cpu: rate(process.cpuUs, same?.cpuUs).map { $0 / 10_000 })
    }
  }

  static let columns = [
    TextTable.Column("PLUGIN"), TextTable.Column("VERSION"), TextTable.Column("ROLE"),
    TextTable.Column("STATE"), TextTable.Column("PID", .right),
    TextTable.Column("CALLS/S", .right), TextTable.Column("ERRORS/S", .right),
    TextTable.Column("P50", .right), TextTable.Column("P99", .right),
    TextTable.Column("IN FLIGHT", .right), TextTable.Column("CPU %", .right),
    TextTable.Column("RSS", .right),
  ]

  var cells: [String] {
    [
      process.plugin, process.version, process.roleText, process.state,
      process.pid.map(String.init) ?? "-", calls.map(Units.decimal) ?? "-",
      failures.map(Units.decimal) ?? "-", process.p50Us.map(Units.latency) ?? "-",
      process.p99Us.map(Units.latency) ?? "-", process.inFlight.map(String.init) ?? "-",
      cpu.map(Units.decimal) ?? "-", process.rss.map(Units.bytes) ?? "-",
    ]
  }

  var json: CanonicalJSON {
    .object([
      "plugin": .string(process.plugin), "version": .string(process.version),
      "role": .text(process.role), "share": .value(process.share),
      "state": .string(process.state), "pid": .count(process.pid),
      "incarnation": .count(process.incarnation), "calls_per_second": .value(calls),
      "errors_per_second": .value(failures), "p50_us": .value(process.p50Us),
      "p99_us": .value(process.p99Us), "in_flight": .count(process.inFlight),
      "cpu_percent": .value(cpu), "rss": .count(process.rss),
    ])
  }
}
