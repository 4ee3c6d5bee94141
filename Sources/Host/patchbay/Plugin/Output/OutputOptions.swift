// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

/// How a command answers.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print one JSON object, for programs.")
  var json = false

  /// A sentence and a table for people; for programs `{"action", "data", "message"}`.
  func print<Row: TableRow>(action: String, _ message: String, _ rows: [Row]) {
    if json {
      let answer = CanonicalJSON.object([
        "action": .string(action), "message": .string(message), "data": .array(rows.map(\.json)),
      ])
      Swift.print(answer.text)
    } else {
      Swift.print(TextTable.printable(message))
      if !rows.isEmpty { Swift.print("\n" + TextTable(rows).text) }
      for note in rows.compactMap(\.note) { Swift.print(TextTable.printable(note)) }
    }
  }
}

/// What a command does not do, in one line.
struct CommandRefusal: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension CanonicalJSON {
  /// A string, or null.
  static func text(_ value: String?) -> CanonicalJSON { value.map(CanonicalJSON.string) ?? .null }

  /// A whole number, or null.
  static func count(_ value: Int?) -> CanonicalJSON {
    value.map { .integer(Int64($0)) } ?? .null
  }

  /// A number, or null.
  static func value(_ value: Double?) -> CanonicalJSON {
    value.map(CanonicalJSON.number) ?? .null
  }
}
