// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Numbers with their units, for tables.
enum Units {
  /// `512 B`, `12.3 MiB`.
  static func bytes(_ count: Int) -> String {
    var value = Double(count)
    var unit = "B"
    for larger in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 {
      value /= 1024
      unit = larger
    }
    return unit == "B" ? "\(count) B" : "\(decimal(value)) \(unit)"
  }

  /// Microseconds: `85 µs`, `1.2 ms`, `3.4 s`.
  static func latency(_ microseconds: Double) -> String {
    switch microseconds {
    case ..<1000: "\(Int(microseconds.rounded())) µs"
    case ..<1_000_000: "\(decimal(microseconds / 1000)) ms"
    default: "\(decimal(microseconds / 1_000_000)) s"
    }
  }

  /// Seconds: `12s`, `3m`, `5h`, `9d`.
  static func age(_ seconds: Int) -> String {
    switch seconds {
    case ..<60: "\(max(0, seconds))s"
    case ..<3600: "\(seconds / 60)m"
    case ..<86400: "\(seconds / 3600)h"
    default: "\(seconds / 86400)d"
    }
  }

  /// One digit after the point.
  static func decimal(_ value: Double) -> String {
    String(format: "%.1f", value)
  }
}
