// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

/// Kong's `logging` record.
package struct LoggingRecord: Decodable, Sendable {
  /// Whether usage goes into the log.
  package var logStatistics: Bool
  package var logPayloads: Bool

  enum CodingKeys: String, CodingKey {
    case logStatistics = "log_statistics"
    case logPayloads = "log_payloads"
  }

  /// Whether bodies go into the log: Kong wants both switches on.
  package var logsPayloads: Bool { logPayloads && logStatistics }

  package static let schema = ConfigType.record([
    "log_statistics": .boolean.default(false).describe("puts models, usage and cost into the log"),
    "log_payloads": .boolean.default(false).describe(
      "puts bodies into the log too; needs `log_statistics`"),
  ]).required
}
