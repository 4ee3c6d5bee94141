// SPDX-License-Identifier: Apache-2.0

import HostProcesses

/// A line of a table, and the same for programs.
protocol TableRow {
  static var columns: [TextTable.Column] { get }
  /// As many as there are columns.
  var cells: [String] { get }
  /// What is said below the table.
  var note: String? { get }
  var json: CanonicalJSON { get }
}

extension TableRow {
  var note: String? { nil }
}

/// Columns with two spaces between them, each as wide as its longest cell.
struct TextTable {
  enum Alignment: Sendable {
    case left, right
  }

  struct Column: Sendable {
    let title: String
    let alignment: Alignment

    init(_ title: String, _ alignment: Alignment = .left) {
      self.title = title
      self.alignment = alignment
    }
  }

  private let columns: [Column]
  private let rows: [[String]]

  init(_ columns: [Column], _ rows: [[String]]) {
    self.columns = columns
    self.rows = rows.map { $0.map(Self.printable) }
  }

  init<Row: TableRow>(_ rows: [Row]) { self.init(Row.columns, rows.map(\.cells)) }

  /// A line for the titles, then one for each row; no spaces at their ends.
  var text: String {
    let lines = [columns.map(\.title)] + rows
    let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      var text = ""
      for (index, cell) in line.enumerated() {
        let space = String(repeating: " ", count: widths[index] - cell.count)
        if index > 0 { text += "  " }
        text += columns[index].alignment == .left ? cell + space : space + cell
      }
      while text.last == " " { text.removeLast() }
      return text
    }.joined(separator: "\n")
  }

  /// Cells come from files and other processes: no control character reaches the terminal.
  static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }
}
