// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostProcesses

/// A process, as the admin API tells of it. What an older or newer gateway does not tell is nil.
struct ProcessRecord: Decodable, Sendable {
  struct Sandbox: Decodable, Sendable {
    var level: String?
  }

  var plugin: String
  var version: String
  var state: String
  /// `stable`, `canary`, `attached` or `leaving`.
  var role: String?
  /// Percent of the exchanges, of a canary.
  var share: Double?
  /// Unix seconds.
  var since: Int?
  var reason: String?
  var next: String?
  var pid: Int?
  var incarnation: Int?
  var restarts: Int?
  var inFlight: Int?
  /// Bytes.
  var rss: Int?
  var lastLines: [String]?
  /// Calls that it was given, and those of them that failed, since it was started.
  var calls: Int?
  var failed: Int?
  /// Microseconds.
  var p50Us: Double?
  var p99Us: Double?
  /// Microseconds of CPU time since it was started.
  var cpuUs: Double?
  var sandbox: Sandbox?

  /// `canary 10%`; a dash when the gateway does not tell.
  var roleText: String {
    guard let role else { return "-" }
    return share.map { "\(role) \(Self.text($0))%" } ?? role
  }

  private static func text(_ share: Double) -> String {
    share == share.rounded() ? "\(Int(share))" : "\(share)"
  }
}

extension ProcessRecord: TableRow {
  static let columns = [
    TextTable.Column("PLUGIN"), TextTable.Column("VERSION"), TextTable.Column("ROLE"),
    TextTable.Column("STATE"), TextTable.Column("FOR", .right), TextTable.Column("PID", .right),
    TextTable.Column("RESTARTS", .right), TextTable.Column("IN FLIGHT", .right),
    TextTable.Column("CALLS", .right), TextTable.Column("FAILED", .right),
    TextTable.Column("P50", .right), TextTable.Column("P99", .right),
    TextTable.Column("RSS", .right), TextTable.Column("SANDBOX"),
  ]

  var cells: [String] {
    func number(_ value: Int?) -> String { value.map(String.init) ?? "-" }
    let age = since.map { Units.age(Int(Date.now.timeIntervalSince1970) - $0) }
    return [
      plugin, version, roleText, state, age ?? "-", number(pid), number(restarts),
      number(inFlight), number(calls), failures, p50Us.map(Units.latency) ?? "-",
      p99Us.map(Units.latency) ?? "-", rss.map(Units.bytes) ?? "-", sandbox?.level ?? "-",
    ]
  }

  /// How many failed, and of how many that is the share.
  private var failures: String {
    guard let failed else { return "-" }
    guard let calls, calls > 0, failed > 0 else { return "\(failed)" }
    return "\(failed) (\(Units.decimal(Double(failed) / Double(calls) * 100))%)"
  }

  /// Why it does not serve, and what is next.
  var note: String? {
    guard state != "ready", let reason, !reason.isEmpty else { return nil }
    var text = "\(plugin) \(version): \(state): \(reason)"
    if let next, !next.isEmpty { text += "; next: \(next)" }
    if let line = lastLines?.last { text += "; it printed last: \(line)" }
    return text
  }

  /// Programs get the gateway's own answer.
  var json: CanonicalJSON { .null }
}
