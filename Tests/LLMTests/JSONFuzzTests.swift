// SPDX-License-Identifier: Apache-2.0

import Foundation
import LLM
import Seeded
import Testing

@Suite struct JSONFuzzTests {
  private func randomValue(_ depth: Int, _ random: inout SplitMix) -> String {
    let space = ["", "", "", " ", "\n\t"].randomElement(using: &random)!
    let strings = [
      #""""#, #""plain""#, #""a \"quoted\" text of more than sixteen bytes""#, #""é€𝄞""#,
      #""\u00e9\n\\""#, #""\ud834\udd1e""#, #""{[,:]}""#,
    ]
    switch Int.random(in: 0..<(depth > 4 ? 5 : 8), using: &random) {
    case 0: return "null" + space
    case 1: return space + ["true", "false"].randomElement(using: &random)!
    case 2, 3:
      return ["0", "-1", "3.25", "1e3", "-2.5E-2", "123456789"].randomElement(using: &random)!
        + space
    case 4: return strings.randomElement(using: &random)!
    case 5, 6:
      let members = (0..<Int.random(in: 0..<4, using: &random)).map { index in
        "\(space)\"k\(index)\"\(space):\(randomValue(depth + 1, &random))"
      }
      return "{" + members.joined(separator: ",") + space + "}"
    default:
      let elements = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
        randomValue(depth + 1, &random)
      }
      return "[" + space + elements.joined(separator: ",") + "]"
    }
  }

  private func foundation(_ bytes: [UInt8]) -> Any? {
    try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
  }

  private func plain(_ value: JSONTree) -> NSObject {
    switch value {
    case .null: NSNull()
    case .boolean(let value): NSNumber(value: value)
    case .number(let text): NSNumber(value: Double(text.string) ?? .nan)
    case .string(let text): NSString(string: text)
    case .array(let values): NSArray(array: values.map(plain))
    case .object(let members):
      NSDictionary(
        dictionary: Dictionary(members.map { ($0.key, plain($0.value)) }) { _, last in last })
    }
  }

  @Test(arguments: 0..<8)
  func `valid texts mean what they mean to Foundation`(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    for _ in 0..<500 {
      let text = "{\"root\":\(randomValue(0, &random))}"
      let expected = try #require(foundation(Array(text.utf8)) as? NSObject, "\(text)")
      #expect(plain(try JSONTree(parsing: Array(text.utf8))).isEqual(expected), "\(text)")
    }
  }

  @Test(arguments: 0..<8)
  func `damaged texts are refused exactly when Foundation refuses them`(seed: Int) {
    var random = SplitMix(seed: UInt64(seed) &+ 1000)
    let bytes = Array("{}[]\",:\\ue0123-+.Ee tfn\n\t\u{1F}é".utf8) + [0xFF, 0xC0, 0xED]
    var refusals = 0
    for _ in 0..<1500 {
      var text = Array("{\"root\":\(randomValue(0, &random))}".utf8)
      for _ in 0..<Int.random(in: 1...2, using: &random) {
        let index = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text[index] = bytes.randomElement(using: &random)!
        case 1: text.insert(bytes.randomElement(using: &random)!, at: index)
        default: if text.count > 1 { text.remove(at: index) }
        }
      }
      if Self.differsByDesign(text) { continue }
      let isValid = (try? JSONNode.validated(in: text)) != nil
      if !isValid { refusals += 1 }
      #expect(isValid == (foundation(text) != nil), "\(String(decoding: text, as: UTF8.self))")
    }
    #expect(refusals > 300)
  }

  /// Here a lone surrogate is valid and a number may have any size; Foundation for its part takes a comma in front of a
  /// closing brace.
  private static func differsByDesign(_ text: [UInt8]) -> Bool {
    let string = String(decoding: text, as: UTF8.self).lowercased()
    return string.contains("\\ud") || string.contains(/[0-9]e[+-]?[0-9]{3}/)
      || string.contains(/,\s*}/)
  }

  @Test(arguments: 0..<4)
  func `the lazy reader never traps on noise`(seed: Int) {
    var random = SplitMix(seed: UInt64(seed) &+ 77)
    let alphabet = Array("{}[]\"\\,:0e-tn ud8".utf8) + [0xC3, 0x00]
    var readable = 0
    for _ in 0..<4000 {
      let text = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
        alphabet.randomElement(using: &random)!
      }
      let span = text
      guard let root = try? JSONNode(scanning: span) else { continue }
      readable += 1
      #expect(root.end <= text.count)
      _ = try? JSONTree(root, in: span)
      _ = root.scalarCount(in: span)
      _ = root.integer(in: span)
    }
    #expect(readable > 100)
  }
}
