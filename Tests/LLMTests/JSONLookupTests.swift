// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct JSONLookupTests {
  private func node(_ text: String, _ path: JSONStep...) throws -> (JSONNode?, [UInt8]) {
    let bytes = Array(text.utf8)
    return (try JSONNode(scanning: bytes).value(at: path, in: bytes), bytes)
  }

  @Test func `a path leads through objects and arrays, whatever the whitespace`() throws {
    let text = " {\r\n\t\"a\" : [ 1 , { \"b\" : \"c\" } ,[ ] ] , \"d\":{ } } "
    let (found, bytes) = try node(text, "a", 1, "b")
    #expect(found?.string(in: bytes) == "c")
    #expect(try node(text, "a", 2).0?.isEmpty(in: bytes) == true)
    #expect(try node(text, "d").0?.isEmpty(in: bytes) == true)
    #expect(try node(text, "a").0?.isEmpty(in: bytes) == false)
    #expect(try node(text, "a", 3).0 == nil)
    #expect(try node(text, "x").0 == nil)
    #expect(try node(text, "a", "b").0 == nil)
    #expect(try node(text, 0).0 == nil)
  }

  @Test func `of duplicate keys the last counts, and an escaped key is the same key`() throws {
    let (found, bytes) = try node(#"{"model":"a","mod\u0065l":"b"}"#, "model")
    #expect(found?.string(in: bytes) == "b")
    let root = try JSONNode(scanning: bytes)
    #expect(try root.member("model", in: bytes) == found)
  }

  static let strings: [(String, String)] = [
    (#""""#, ""), (#""a""#, "a"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
    (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud834\udd1e""#, "𝄞"), (#""x\ud834\udd1ey""#, "x𝄞y"),
    (#""\ud834""#, "\u{FFFD}"), (#""\ud834x""#, "\u{FFFD}x"),
    (#""\udd1e\ud834""#, "\u{FFFD}\u{FFFD}"),
    (#""\ud834\u0041""#, "\u{FFFD}A"), (#""\ud834\n""#, "\u{FFFD}\n"), (#""é\u0000€""#, "é\u{0}€"),
    (#""0123456789abcdef\n0123456789abcdef""#, "0123456789abcdef\n0123456789abcdef"),
  ]

  @Test(arguments: strings)
  func `strings are decoded, compared and counted`(text: String, content: String) throws {
    let bytes = Array(text.utf8)
    let node = try JSONNode(scanning: bytes)
    #expect(node.end == bytes.count)
    #expect(node.string(in: bytes) == content)
    #expect(node.isString(content, in: bytes))
    #expect(!node.isString(content + "x", in: bytes))
    #expect(node.scalarCount(in: bytes) == content.unicodeScalars.count)
    let written = JSONText.string(content).bytes
    #expect(try JSONNode.validated(in: written).string(in: written) == content)
  }

  static let integers: [(String, Int?)] = [
    ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("12.0", 12), ("1.2e1", 12), ("1200E-2", 12),
    ("1.5", nil), ("9223372036854775807", .max), ("-9223372036854775808", .min),
    ("9223372036854775808", nil), ("1e30", nil), ("999999999999999999", 999_999_999_999_999_999),
    ("1e-9223372036854775808", nil), ("1e99999999999999999999", nil), ("\"1\"", nil), ("null", nil),
  ]

  @Test(arguments: integers)
  func `a whole number is read however it is spelled`(text: String, value: Int?) throws {
    let bytes = Array(text.utf8)
    #expect(try JSONNode(scanning: bytes).integer(in: bytes) == value)
  }

  @Test func `a tree keeps the spelling of numbers and the order of members`() throws {
    let text = #"{"z":1.10,"a":[1e5,-0,{"k":"\u00e9\n"}],"z":null,"e":{},"f":[],"t":true}"#
    let value = try JSONTree(parsing: Array(text.utf8))
    #expect(
      value.text.string == #"{"z":1.10,"a":[1e5,-0,{"k":"é\n"}],"z":null,"e":{},"f":[],"t":true}"#)
    #expect(value["z"] == .null)
    #expect(value["missing"] == nil)
  }

  @Test func `broken containers are named errors of the lazy reader`() throws {
    let broken = ["{\"a\"1}", "{\"a\":1 \"b\":2}", "{1:2}", "{\"a\":}", "{,}", "{\"a\":1,}"]
    for text in broken {
      let bytes = Array(text.utf8)
      #expect(throws: JSONError.self) {
        var members = JSONMembers(of: try JSONNode(scanning: bytes))
        while try members.next(in: bytes) != nil {}
      }
    }
  }

  @Test func `words are counted over escapes and long texts alike`() throws {
    let long = String(repeating: "word  \t", count: 40)
    let cases: [(String, Int)] = [
      (#"{"prompt":"a b  c"}"#, 3), (#"{"prompt":"a\nb\tc\u0020d \\ e"}"#, 6),
      (#"{"prompt":""}"#, 0), (#"{"prompt":["a b","c"]}"#, 3), (#"{"prompt":[1,2,3]}"#, 3),
      (#"{"input":[[1,2],[3]]}"#, 3), ("{\"prompt\":\"\(long.replacing("\t", with: "\\t"))\"}", 40),
      (
        #"{"messages":[{"role":"user","content":"x y"},{"content":[{"type":"text","text":"z"},{"type":"image_url"}]},{"content":null}]}"#,
        3
      ),
      (
        #"{"messages": [ 1, "a b", {"content":"a","content" : "b c"} ,[{"content":"x"}]] , "messages":{"content":"x"}, "prompt" : "q"}"#,
        3
      ),
      (#"{"messages":null,"a":{"messages":[{"content":"x"}]},"input":"y"}"#, 1),
      ("{\"prompt\":\"\(String(repeating: "é x ", count: 33))end\"}", 67),
    ]
    for (text, words) in cases {
      let bytes = Array(text.utf8)
      #expect(
        try TokenEstimate.words(in: bytes, request: JSONNode(scanning: bytes)) == words, "\(text)")
    }
  }
}
