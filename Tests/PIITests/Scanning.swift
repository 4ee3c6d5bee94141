// SPDX-License-Identifier: Apache-2.0

@testable import PII

/// What the tests share: a scanner of everything, and finds as texts.
enum Scanning {
  static let everything = Scanner(Set(PIICategory.allCases))

  static func finds(
    in text: String, _ scanner: Scanner = everything
  ) -> [(type: PIIType, text: String)] {
    let bytes = Array(text.utf8)
    return scanner.findings(in: bytes).map {
      ($0.type, String(decoding: bytes[$0.range], as: UTF8.self))
    }
  }

  /// Finds as `TYPE:text`.
  static func spelled(_ text: String, _ scanner: Scanner = everything) -> [String] {
    finds(in: text, scanner).map { "\($0.type.rawValue):\($0.text)" }
  }

  /// The finds of a text that comes in pieces, as a stream sees it: what is settled is dropped but for its context.
  static func streamed(
    _ text: [UInt8], cuts: [Int], _ scanner: Scanner = everything
  ) -> (findings: [Finding], longestHeld: Int) {
    var window: [UInt8] = []
    var start = 0
    var dropped = 0
    var findings: [Finding] = []
    var longest = 0
    let ends = cuts + [text.count]
    var from = 0
    for (number, end) in ends.enumerated() {
      window += text[from..<end]
      from = end
      let result = window.withUnsafeBufferPointer {
        scanner.scan($0, from: start, isFinal: number == ends.count - 1)
      }
      findings += result.findings.map {
        Finding(
          $0.type, $0.range.lowerBound + dropped..<$0.range.upperBound + dropped,
          pattern: $0.pattern)
      }
      longest = max(longest, window.count - result.settled)
      let kept = max(0, result.settled - Scanner.contextSize)
      window.removeFirst(kept)
      dropped += kept
      start = result.settled - kept
    }
    return (findings, longest)
  }
}
