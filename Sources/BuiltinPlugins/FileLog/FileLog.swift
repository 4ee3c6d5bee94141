// SPDX-License-Identifier: Apache-2.0

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
      "custom_fields_by_lua": .map(of: .string).describe(
        "refused unless it is empty: there is no Lua"),
    ],
    checks: [
      .custom { config in
        guard let lua = config["custom_fields_by_lua"], lua.object?.isEmpty == false else {
          return []
        }
        return [
          ConfigDiagnostic(
            "/custom_fields_by_lua",
            "Lua is not supported; let a plugin set log fields instead")
        ]
      },
      .custom { config in
        guard let path = config["path"]?.text, !path.hasPrefix("/") else { return [] }
        return [ConfigDiagnostic("/path", "must be an absolute path")]
      },
    ])

  private let config: Config

  init(config: Config, host: Host) { self.config = config }

  var logFiles: [String] { [config.path] }

  /// The credentials are asked for only to be redacted.
  var completeInterest: CompleteInterest? {
    CompleteInterest(headers: .all + HeaderInterest(LoggedRequest.redacted))
  }

  mutating func complete(_ exchange: inout CompletedExchange) {
    exchange.write(LogEntry(of: exchange).line, to: config.path)
  }
}
