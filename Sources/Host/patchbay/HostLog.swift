// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Logging

/// The host's log on stderr: lines for people on a terminal, JSON for everybody else.
struct HostLog: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level
  private let isTerminal: Bool

  static func bootstrap(level: Logger.Level) {
    let isTerminal = isatty(STDERR_FILENO) == 1
    LoggingSystem.bootstrap { _ in HostLog(logLevel: level, isTerminal: isTerminal) }
  }

  private init(logLevel: Logger.Level, isTerminal: Bool) {
    self.logLevel = logLevel
    self.isTerminal = isTerminal
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let facts = metadata.merging(event.metadata ?? [:]) { $1 }
      .map { (key: $0.key, value: "\($0.value)") }.sorted { $0.key < $1.key }
    StandardError.write(isTerminal ? human(event, facts) : json(event, facts))
  }

  private func human(_ event: LogEvent, _ facts: [(key: String, value: String)]) -> String {
    let level = event.level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
    let details = facts.map { " \($0.key)=\($0.value)" }.joined()
    return "\(Date.now.formatted(.iso8601)) \(level) \(event.message)\(details)\n"
  }

  private func json(_ event: LogEvent, _ facts: [(key: String, value: String)]) -> String {
    let first = [
      ("time", Date.now.formatted(.iso8601.time(includingFractionalSeconds: true))),
      ("level", event.level.rawValue), ("message", "\(event.message)"),
    ]
    let members = (first + facts.map { ($0.key, $0.value) })
      .map { "\(quoted($0.0)):\(quoted($0.1))" }
    return "{\(members.joined(separator: ","))}\n"
  }

  private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..<" ": result += String(format: "\\u%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
