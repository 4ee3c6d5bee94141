// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Patterns

struct PatternTests {
  private func ranges(
    _ pattern: String, _ text: [UInt8], _ options: Pattern.Options = []
  ) throws -> [Range<Int>] {
    try Pattern(pattern, options).allMatches(in: text.span.bytes)
  }

  private func matches(
    _ pattern: String, _ text: String, _ options: Pattern.Options = []
  ) throws -> Bool {
    try Pattern(pattern, options).matches(Array(text.utf8).span.bytes)
  }

  @Test(arguments: [
    ("secret", "a secret here", true), ("secret", "a Secret here", false), ("^a", "ba", false),
    ("a|b", "xxb", true), ("(?i)SECRET", "a secret", true), ("", "", true), ("x*", "", true),
    ("a.c", "aéc", true), ("\\d", "٣", false), ("(*UCP)\\d", "٣", true), ("^$", "", true),
    ("(?x) a b  # letters", "ab", true), ("(*UCP)(*ANYCRLF)^é\\b", "é", true),
    ("(?:b|c)d", "cd", true), ("(?<=x)y", "xy", true), ("(a)?b\\1", "aba", true),
  ])
  func `a pattern is searched for anywhere in the text`(
    pattern: String, text: String, expected: Bool
  ) throws {
    #expect(try matches(pattern, text) == expected)
  }

  @Test func `options say how a pattern is read`() throws {
    #expect(try matches("straße", "STRASSE Straße STRAßE", .caseless))
    #expect(try matches("É", "é", .caseless))
    #expect(try !matches("^b", "a\nb"))
    #expect(try matches("^b", "a\nb", .multiline))
    #expect(try !matches("a.b", "a\nb"))
  }

  @Test func `a match tells its range in bytes`() throws {
    let pattern = try Pattern("(?<user>\\w+)@(x)?(?<host>\\w+)")
    let text = Array("é joe@here".utf8)
    #expect(try pattern.firstMatch(in: text.span.bytes) == 3..<11)
    #expect(try pattern.firstMatch(in: text.span.bytes, from: 6) == nil)
    #expect(try pattern.firstMatch(in: text.span.bytes, from: 11) == nil)
  }

  @Test func `all matches come from left to right, empty ones too, and end`() throws {
    #expect(try ranges("a", Array("banana".utf8)) == [1..<2, 3..<4, 5..<6])
    #expect(try ranges("a*", Array("baab".utf8)) == [0..<0, 1..<3, 3..<3, 4..<4])
    #expect(try ranges("", Array("é!".utf8)) == [0..<0, 2..<2, 3..<3])
    #expect(try ranges("^", Array("a\nb".utf8), .multiline) == [0..<0, 2..<2])
    #expect(try ranges("(?=a)", Array("aa".utf8)) == [0..<0, 1..<1])
    #expect(try ranges("\\Ga", Array("aab".utf8)) == [0..<1, 1..<2])
    #expect(try ranges("x", []) == [])
    #expect(try ranges("a\\Kb", Array("abab".utf8)) == [1..<2, 3..<4])
  }

  @Test func `what is no UTF-8 matches nothing and hides nothing`() throws {
    let text = Array("secret".utf8)
    for broken: [UInt8] in [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0x80], [0xF4, 0x90, 0x80, 0x80]] {
      let bytes = broken + text + broken
      #expect(try ranges("secret", bytes) == [broken.count..<broken.count + 6])
      #expect(try ranges("^.secret", bytes) == [])
      #expect(try ranges("s.*", bytes) == [broken.count..<broken.count + 6])
      #expect(try ranges("s.+t", text[..<3] + broken + text[3...]) == [])
    }
    #expect(try ranges("\\x{ff}", [0xFF]) == [])
    #expect(try ranges("a", [0x61, 0, 0x61]) == [0..<1, 2..<3])
  }

  @Test func `patterns are matched as machine code`() throws {
    for text in ["secret", "(a+)+$", "(?i)é.*[^x]", "(*UCP)\\w+"] {
      #expect(try Pattern(text).isJIT, "\(text)")
    }
  }

  @Test(arguments: [
    ("(abc", "missing closing parenthesis", 4), ("*a", "quantifier does not follow", 0),
    ("a)", "unmatched closing parenthesis", 1), ("[z-a]", "range out of order", 3),
    ("ab\\", "\\ at end of pattern", 3), ("(*UCP)[", "missing terminating ]", 7),
    ("a\\C", "\\C is disabled", 3), ("(?<n>a)\\k<m>", "non-existent subpattern", 10),
    ("(*NOPE)a", "(*VERB) not recognized", 6),
  ])
  func `a pattern that does not compile says why and where`(
    text: String, message: String, offset: Int
  ) throws {
    let error = try #require(throws: PatternError.self) { try Pattern(text) }
    #expect(error.message.contains(message))
    #expect(error.offset == offset, "\(error)")
    #expect(error.description.hasSuffix("at offset \(offset)"))
  }

  @Test func `many searches at once share a pattern`() async throws {
    let pattern = try Pattern("(\\d+)-(\\d+)")
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<64 {
        group.addTask {
          let text = Array(("x" + String(repeating: "y", count: number) + "12-34").utf8)
          return (0..<200).allSatisfy { _ in
            (try? pattern.firstMatch(in: text.span.bytes)) == number + 1..<number + 6
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
