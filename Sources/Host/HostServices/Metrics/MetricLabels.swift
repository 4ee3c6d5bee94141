// SPDX-License-Identifier: Apache-2.0

/// How names and labels are spelled in Prometheus's text.
package enum MetricLabels {
  package typealias Label = (name: String, value: String)

  /// `a="1",b="2"`: in the order of their names, so that a series has one text; nil where a name is none.
  static func text(_ labels: [Label]) -> String? {
    guard labels.allSatisfy({ isLabelName($0.name) }) else { return nil }
    return spelled(labels.sorted { $0.name < $1.name })
  }

  /// In their own order.
  package static func spelled(_ labels: [Label]) -> String {
    labels.map { label in
      let value = label.value.unicodeScalars.reduce(into: "") { text, character in
        switch character {
        case "\\": text += "\\\\"
        case "\"": text += "\\\""
        case "\n": text += "\\n"
        default: text.unicodeScalars.append(character)
        }
      }
      return "\(label.name)=\"\(value)\""
    }.joined(separator: ",")
  }

  /// Whether it can name a metric.
  static func isMetricName(_ name: String) -> Bool {
    isName(name) { $0 == UInt8(ascii: ":") }
  }

  private static func isLabelName(_ name: String) -> Bool { isName(name) { _ in false } }

  private static func isName(_ name: String, _ also: (UInt8) -> Bool) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
      default: also(byte)
      }
    }
  }
}
