// SPDX-License-Identifier: Apache-2.0

import PII
import Patterns
import PluginSDK
import Synchronization

/// The user's patterns, compiled once. A pattern that reaches its limits on a line has not said that nothing is there: the
/// scan has failed then.
final class CustomPatterns: Sendable {
  private let patterns: [Pattern]
  private let failures = Atomic<Int>(0)

  init?(_ config: [SanitizerConfig.CustomPattern]) throws {
    guard !config.isEmpty else { return nil }
    patterns = try config.enumerated().map { index, pattern in
      do throws(PatternError) {
        return try Pattern(pattern.regex)
      } catch {
        throw ConfigError("/custom_patterns/\(index)/regex", error.description)
      }
    }
  }

  /// Scans that some pattern has given up, since the process began. Calls run one at a time, so that who compares two
  /// counts knows of its own.
  var failureCount: Int { failures.load(ordering: .relaxed) }

  func matcher() -> Scanner.CustomMatcher {
    { line, found in
      let span = UnsafeRawBufferPointer(line).bytes
      for (number, pattern) in self.patterns.enumerated() {
        do {
          for match in try pattern.allMatches(in: span) where !match.range.isEmpty {
            found(number, match.range)
          }
        } catch {
          self.failures.wrappingAdd(1, ordering: .relaxed)
        }
      }
    }
  }
}
