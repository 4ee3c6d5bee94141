// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging

/// One line of the host's log.
struct LogLine {
  let time: Date
  let level: Logger.Level
  let message: String
  /// Sorted by their names.
  let facts: [(name: String, value: String)]

  init(time: Date, level: Logger.Level, message: String, metadata: Logger.Metadata) {
    self.time = time
    self.level = level
    self.message = message
    facts = metadata.map { (name: $0.key, value: "\($0.value)") }.sorted { $0.name < $1.name }
  }

  /// For a person: what every line has stands in columns.
  ///
  /// Values that are not one word are quoted, and nothing in them can move the cursor: plugins and clients have a say in
  /// what is logged.
  var human: String {
    let level = level.rawValue.uppercased().padding(toLength: 8, withPad: " ", startingAt: 0)
    let details = facts.map {
      " \($0.name)=\(Self.isWord($0.value) ? $0.value : Self.quoted($0.value))"
    }
    let message = Self.isPrintable(message) ? message : Self.quoted(message)
    return "\(Self.format(time)) \(level) \(message)\(details.joined())"
  }

  /// For a program: one flat object, all values strings.
  var json: String {
    let own = [("time", Self.format(time)), ("level", level.rawValue), ("message", message)]
    let facts = facts.map { fact in
      // A name occurs once in an object.
      (own.contains { $0.0 == fact.name } ? "field_\(fact.name)" : fact.name, fact.value)
    }
    let members = (own + facts).map { "\(Self.quoted($0.0)):\(Self.quoted($0.1))" }
    return "{\(members.joined(separator: ","))}"
  }

  /// ISO 8601 in UTC, with milliseconds.
  private static func format(_ time: Date) -> String {
    time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  private static func isWord(_ text: String) -> Bool {
    !text.isEmpty && isPrintable(text) && !text.contains { $0 == " " || $0 == "\"" || $0 == "=" }
  }

  private static func isPrintable(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }

  /// A JSON string; what controls a terminal is escaped too.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.properties.generalCategory == .control:
        result += String(format: "\\u%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
