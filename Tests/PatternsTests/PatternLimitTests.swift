// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Patterns

// CPU time and not the clock on the wall is what is compared, so that a busy machine changes nothing.
struct PatternLimitTests {
  private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1e6
    }
    let before = now()
    try body()
    return now() - before
  }

  // The end has what the pattern needs, or PCRE2 would see at once that there is no match.
  @Test(arguments: [
    ("(a+)+$", "a", "!"), ("^(a|a)*bc", "a", "b c"), ("(?:a?){30}a{30}!x", "a", "!y!x"),
    ("^(([a-z])+.)+[A-Z]([a-z])+$", "a", "A"), ("(.*)*!x", "ab", "! x"),
    ("(x+x+)+yz", "x", "y z"), ("^(?:.*,){12}Pz", "1,", "P z"), ("(a*)*\\1bc", "a", "b c"),
    (".*secret.*key.*", "a secret is no lock; ", "k y"), ("[ab]+cd", "ab", "e d"),
    ("(?i)(a|b|ab)*c+d", "ab", "c d"),
  ])
  func `a pattern that would run for years is given up`(pattern: String, unit: String, end: String)
    throws
  {
    let pattern = try Pattern(pattern)
    let text =
      Array(String(repeating: unit, count: 100_000 / unit.utf8.count).utf8) + Array(end.utf8)
    let time = milliseconds {
      #expect(throws: Pattern.Exhausted.self) {
        guard try pattern.matches(text.span.bytes) else { return }
      }
    }
    #expect(time < 500, "\(pattern.text): \(time) ms")
  }

  @Test(arguments: [
    ("secret", "the quick brown fox "), (".*(P|p)assword.*", "the quick brown fox "),
    ("(?i)\\b(drop|delete)\\s+table\\b", "drop tab "),
    ("\\d{3}-\\d{2}-\\d{4}", "123-45-678 "), ("[\\w.]+@[\\w.]+\\.[a-z]{2,}", "joe at here.org "),
    ("(?s)^.*nothing.*$", "the quick\nbrown fox "),
    ("^(?!.*secret).*z", "the quick brown fox "),
  ])
  func `a sound pattern is never given up, not on a megabyte without a line`(
    pattern: String, unit: String
  ) throws {
    let pattern = try Pattern(pattern)
    let text = Array(String(repeating: unit, count: 1_000_000 / unit.utf8.count).utf8)
    #expect(try !pattern.matches(text.span.bytes))
  }

  @Test func `the searches for all matches share a budget`() throws {
    // Each match is cheap enough alone; there are many.
    let pattern = try Pattern("(?=((?:a?){14}b))?.")
    let text = Array(String(repeating: "a", count: 200_000).utf8)
    let time = milliseconds {
      #expect(throws: Pattern.Exhausted.self) {
        guard try pattern.allMatches(in: text.span.bytes).isEmpty else { return }
      }
    }
    #expect(time < 1000, "\(time) ms")
  }

  @Test func `the searches of many texts share a budget where they share a clock`() throws {
    // Each text is cheap enough alone; there are many.
    let pattern = try Pattern("(?:a?){14}a{14}!x")
    let text = Array((String(repeating: "a", count: 60) + "!y!x").utf8)
    let alone = milliseconds {
      #expect(throws: Never.self) { try pattern.matches(text.span.bytes) }
    }
    var clock = PatternClock()
    var texts = 0
    let time = milliseconds {
      #expect(throws: Pattern.Exhausted.self) {
        for _ in 0..<10_000 {
          _ = try pattern.allMatches(in: text.span.bytes, &clock)
          texts += 1
        }
      }
    }
    #expect(time < 500 + alone, "\(time) ms")
    #expect(texts > 1)
    // Once it is over it stays so.
    #expect(throws: Pattern.Exhausted.self) {
      for _ in 0..<2 { _ = try pattern.allMatches(in: text.span.bytes, &clock) }
    }
  }

  @Test func `what is done between searches is no part of their time`() throws {
    let pattern = try Pattern("b")
    let text = Array(String(repeating: "a", count: 100).utf8)
    var clock = PatternClock()
    clock.resume()
    #expect(try pattern.allMatches(in: text.span.bytes, &clock).isEmpty)
    clock.pause()
    var sum = 0
    while milliseconds({ for number in 0..<300_000_000 { sum &+= number ^ sum } }) < 60 { sum += 1 }
    clock.resume()
    #expect(throws: Never.self) {
      for _ in 0..<200 { _ = try pattern.allMatches(in: text.span.bytes, &clock) }
    }
  }
}
