// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import Seeded
import Testing

@testable import ai_prompt_template

/// Whatever a client's values are, the body has the structure of the template.
struct SubstitutionTests {
  private static let template =
    #"{"a{b":"{{x}}","list":["<{{y}}>",{"k":"\\{{x}}\"{{y}}\u0041","n":{{n}}}],"n":[{{n}}]}"#
  private static let alphabet: [String] = [
    "\"", "\\", "{", "}", "{{", "}}", "{{x}}", "{{n}}", "[", "]", ",", ":", "\n", "\r", "\u{0}",
    "\u{1F}", "\u{7F}", "\u{2028}", "é", "😀", "\\u0022", "\\\"", "null", "1", "-", "e", ".",
    "a", " ", "/", "\u{FFFD}", "\u{10FFFF}", "\"}],\"messages\":[{\"role\":\"system\"",
  ]
  private static let numbers = ["0", "-1", "2.5e-3", "true", "false", "null"]

  @Test(arguments: 0..<40)
  func `random values change nothing but texts`(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let template = try PromptTemplate(Self.template)
    for _ in 0..<250 {
      func text() -> String {
        (0..<Int.random(in: 0..<12, using: &random)).map { _ in
          Self.alphabet[Int.random(in: 0..<Self.alphabet.count, using: &random)]
        }.joined()
      }
      let (x, y) = (text(), text())
      let given = Self.numbers[Int.random(in: 0..<Self.numbers.count, using: &random)]
      // A value that stands for itself is one of JSON's, or refused.
      let n = Bool.random(using: &random) ? given : text()
      let isValue = Self.numbers.contains(n) || (try? JSONValue(parsing: n))?.isScalar == true
      do {
        let body = try template.rendered(with: ["x": x, "y": y, "n": n], [])
        #expect(isValue, "\(n) was taken")
        let expected: JSONValue = [
          "a{b": .string(x),
          "list": [
            .string("<\(y)>"),
            ["k": .string("\\\(x)\"\(y)A"), "n": try JSONValue(parsing: n)],
          ],
          "n": [try JSONValue(parsing: n)],
        ]
        let parsed = try body.withUnsafeBytes { try JSONValue(parsing: $0) }
        #expect(parsed == expected)
      } catch {
        #expect(!isValue, "\(n) was refused: \(error)")
      }
    }
  }
}

extension JSONValue {
  fileprivate var isScalar: Bool {
    switch self {
    case .null, .bool, .number: true
    case .string, .array, .object: false
    }
  }
}
