// SPDX-License-Identifier: Apache-2.0

import LogEntries
import PluginSDK

/// Kong's `file-log`: a line of JSON for each exchange, appended to a file by the host.
@main
struct FileLog: Plugin, CompletePhase {
  struct Config: Decodable, Sendable {
    var path: String
    var reopen: Bool
  }

  static let manifest = Manifest(
    name: "file-log", version: "0.1.0", priority: 9, onFailure: .open)

  static let schema = ConfigSchema(
    [
      "path": .string.required.minLength(1).check { path in
        let text = path.text ?? ""
        return text.contains(where: { "*&%\\`".contains($0) }) ? "not a valid filename" : nil
      }.describe("the file, by an absolute path; the host makes it if it is not there"),
      // The host opens the file for every batch of lines, so rotation needs neither setting.
      "reopen": .boolean.default(false).describe(
        "accepted; the host opens the file for every batch of lines, so rotation needs no setting"),
      CustomFields.name: CustomFields.type,
    ],
    checks: [
      CustomFields.check,
      .custom { config in
        guard let path = config["path"]?.text, !path.hasPrefix("/") else { return [] }
        return [ConfigDiagnostic("/path", "must be an absolute path")]
      },
    ])

  private let config: Config

  init(config: Config, host: Host) { self.config = config }

  var logFiles: [String] { [config.path] }

  var completeInterest: CompleteInterest? { LogEntry.interest }

  mutating func complete(_ exchange: inout CompletedExchange) {
    exchange.write(LogEntry(of: exchange).line, to: config.path)
  }
}
