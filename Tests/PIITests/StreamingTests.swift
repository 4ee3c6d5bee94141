// SPDX-License-Identifier: Apache-2.0

import Glibc
import Seeded
import Testing

@testable import PII

/// A text that comes in pieces has the same finds as the whole, however it is cut.
struct StreamingTests {
  static let text = """
    Dear Ann, write to john.doe@example.com or call +1 (415) 555-2671 before March 5th, 2024 10:30. The card \
    4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00, SSN 078-05-1120; password: "correct horse 1" and \
    token=abcdEFGH12345678. Visit https://u:pw12@example.com/x?y=(z). 我的邮箱是foo@bar.com，电话13800138000。 \
    NINO AB 12 34 56 C on 192.168.0.1 and fe80::1. My password is hunter2. müller@example.de 5. März 2024
    -----BEGIN PRIVATE KEY-----
    MIIEowIBAAKCAQEA7bq98c7wLs2v0cRZs
    -----END PRIVATE KEY-----
    1-1-1-1-1 ::::: a@b@c.de@f 0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe 👩‍👩‍👧 ende
    """

  private static let bytes = Array(text.utf8)

  /// Nanoseconds that this thread has computed: others that run at the same time do not count.
  private static var processorTime: Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  private static let patterned = Scanner(Set(PIICategory.allCases)) { text, lines, found in
    // Any `SN-` and six digits.
    for line in lines {
      for start in line where start + 9 <= line.upperBound {
        if text[start..<start + 3].elementsEqual("SN-".utf8),
          text[start + 3..<start + 9].allSatisfy(\.isDigit)
        {
          found(0, start..<start + 9)
        }
      }
    }
  }

  @Test func `one cut anywhere changes nothing`() {
    for scanner in [Scanning.everything, Self.patterned] {
      let whole = scanner.findings(in: Self.bytes)
      #expect(whole.count >= 17)
      for cut in stride(from: 1, to: Self.bytes.count, by: 3) {
        let streamed = Scanning.streamed(Self.bytes, cuts: [cut], scanner).findings
        #expect(streamed == whole, "cut at \(cut)")
      }
    }
  }

  @Test(arguments: [1, 7, 64])
  func `pieces of any size change nothing`(size: Int) {
    for scanner in [Scanning.everything, Self.patterned] {
      let whole = scanner.findings(in: Self.bytes)
      let cuts = Array(stride(from: size, to: Self.bytes.count, by: size))
      #expect(Scanning.streamed(Self.bytes, cuts: cuts, scanner).findings == whole)
    }
  }

  @Test func `texts made of the parts of finds are found the same in pieces`() {
    let parts = [
      "4111", " ", "1111", "-", "1", "@", "a", "example.com", ".", ":", "::", "password", "=",
      "DE89", "3704",
      "March", "5", ",", "2024", "+49", "(415)", "\n", "é", "中", "\"", "sk-abcdefghij0123456789",
      "https://", "12",
      "078-05-1120", "is", "Bearer ", "AB", "'", "SN-123456", "-----BEGIN PRIVATE KEY-----",
      "phone ", "/", "T10:20",
    ]
    var random = SplitMix(seed: 20_261_126)
    for round in 0..<100 {
      let count = Int.random(in: 1...12, using: &random)
      let text = (0..<count).map { _ in parts.randomElement(using: &random)! }.joined()
      let bytes = Array(text.utf8)
      let cuts = (1..<max(2, bytes.count)).filter {
        $0 < bytes.count && Int.random(in: 0..<4, using: &random) == 0
      }
      for scanner in [Scanning.everything, Self.patterned] {
        let whole = scanner.findings(in: bytes)
        let streamed = Scanning.streamed(bytes, cuts: cuts, scanner).findings
        #expect(streamed == whole, "round \(round): \(text) cut at \(cuts)")
      }
    }
  }

  @Test func `what can be no part of a find is released with the next word`() {
    let prose = Array("The quick brown fox jumps over the lazy dog and then it sleeps a lot. ".utf8)
    let cuts = Array(1..<prose.count)
    #expect(Scanning.streamed(prose, cuts: cuts).longestHeld <= 6)
  }

  @Test func `what is held is bounded`() {
    let one = [UInt8](repeating: UInt8(ascii: "a"), count: 10_000)
    let cuts = Array(stride(from: 500, to: one.count, by: 500))
    #expect(Scanning.streamed(one, cuts: cuts).longestHeld <= Scanner.longestChunk)
    let key =
      Array("-----BEGIN PRIVATE KEY-----\n".utf8)
      + Array(repeatElement(Array("abcd efgh\n".utf8), count: 1000).joined())
    let keyCuts = Array(stride(from: 500, to: key.count, by: 500))
    let (findings, held) = Scanning.streamed(key, cuts: keyCuts)
    #expect(held <= Scanner.longestBlock + 500)
    #expect(findings.first?.range == 0..<Scanner.longestBlock)
    let line = Array(repeatElement(Array("word ".utf8), count: 1000).joined())
    let lineCuts = Array(stride(from: 100, to: line.count, by: 100))
    #expect(
      Scanning.streamed(line, cuts: lineCuts, Self.patterned).longestHeld <= Scanner.longestLine
        + 200)
  }

  @Test(arguments: [
    "@", "a@", "@@@@.", "1-", "1 ", "1.", ":", "::", "a:", "=", "a=", "password=", "a.", "..",
    "-----BEGIN ", "eyJ.",
    "é", "中", "//", "://", "a://", "(", "0x", "1a", "AB 12 ", "DE89 ", "March 5 ", "password: ",
    "\"", "-----BEGIN PRIVATE KEY-----\n", "sk-", "1111-",
    "111111 ", "phone 1", "a@b.c", "www.", "-----BEGIN PRIVATE KEY-----",
  ])
  func `the time grows with the text and no faster`(part: String) {
    // Eight times the text in at most 24 times the time; quadratic would be 64 times.
    let small = Self.time(Self.repeated(part, 2 << 10))
    #expect(Self.time(Self.repeated(part, 16 << 10)) < small * 24 + 20_000_000, "\(part)")
  }

  @Test(arguments: ["1-", "1234-", "ab1-", "eyJ-", "eyJ.", "a1="])
  func `a chunk of many parts costs what they do one by one`(part: String) {
    let long = Self.repeated(part, Scanner.longestChunk)
    let short = Array(Self.repeated(part, 60) + [0x20])
    let apart = Array(repeatElement(short, count: long.count / short.count).joined())
    #expect(Self.time(long) < Self.time(apart) * 8 + 5_000_000, "\(part)")
  }

  private static func repeated(_ part: String, _ bytes: Int) -> [UInt8] {
    Array(repeatElement(Array(part.utf8), count: bytes / part.utf8.count).joined())
  }

  /// Nanoseconds of the processor.
  private static func time(_ text: [UInt8]) -> Int {
    (0..<3).map { _ in
      let start = processorTime
      _ = Scanning.everything.findings(in: text)
      return processorTime - start
    }.min() ?? 0
  }
}
