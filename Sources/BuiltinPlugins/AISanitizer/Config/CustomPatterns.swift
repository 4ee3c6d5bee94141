// SPDX-License-Identifier: Apache-2.0

import PII
import Patterns
import PluginSDK
import Synchronization

/// The user's patterns, compiled once.
struct CustomPatterns: Sendable {
  private let patterns: [Pattern]

  init?(_ config: [SanitizerConfig.CustomPattern]) throws(ConfigError) {
    guard !config.isEmpty else { return nil }
    var patterns: [Pattern] = []
    for (index, pattern) in config.enumerated() {
      patterns.append(try Pattern(pattern.regex, at: "/custom_patterns/\(index)/regex"))
    }
    self.patterns = patterns
  }

  /// A search of all texts of a request, of an answer, or of a piece of one: they share one budget of time.
  func search() -> CustomSearch { CustomSearch(patterns) }
}

/// What the user's patterns find. A pattern that reaches its limits on a line has not said that nothing is there: the whole
/// search has failed then.
final class CustomSearch: Sendable {
  private struct Progress {
    var clock = PatternClock()
    var isExhausted = false
  }

  private let patterns: [Pattern]
  // Nobody waits for it: a scan calls its matcher from one thread. The compiler cannot know.
  private let progress = Mutex(Progress())

  init(_ patterns: [Pattern]) { self.patterns = patterns }

  /// Why the texts cannot be told; nil: all was searched.
  var failure: String? {
    progress.withLock { $0.isExhausted } ? "a custom pattern reached its limit" : nil
  }

  var matcher: Scanner.CustomMatcher {
    { [self] text, lines, found in
      progress.withLock { progress in
        progress.clock.resume()
        defer { progress.clock.pause() }
        do throws(Pattern.Exhausted) {
          guard !progress.isExhausted else { return }
          try find(in: text, lines, &progress.clock, found)
        } catch {
          progress.isExhausted = true
        }
      }
    }
  }

  private func find(
    in text: UnsafeBufferPointer<UInt8>, _ lines: [Range<Int>], _ clock: inout PatternClock,
    _ found: (_ pattern: Int, Range<Int>) -> Void
  ) throws(Pattern.Exhausted) {
    for line in lines {
      let span = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[line]).bytes
      for (number, pattern) in patterns.enumerated() {
        for match in try pattern.allMatches(in: span, &clock) where !match.isEmpty {
          found(number, line.lowerBound + match.lowerBound..<line.lowerBound + match.upperBound)
        }
      }
    }
  }
}
