// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import Testing

struct JSONTests {
  @Test(arguments: [
    #"{"b":1,"a":[true,false,null],"n":-1.50e+3,"s":"\"\\\n\u0001é"}"#, "[]", "{}", #""""#, "0",
    "12345678901234567890123",
  ])
  func `order and spelling survive`(text: String) throws {
    #expect(try JSONValue(parsing: text).description == text)
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":}", "{a:1}", "01", "1.", "-", "tru", "\"\n\"", "\"\\x\"",
    "\"\\u12g4\"",
    "1 2", "[1 2]", "\"abc", String(repeating: "[", count: 200),
  ])
  func `what is not JSON is refused`(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func `escapes become characters`() throws {
    let value = try JSONValue(parsing: #""\u00e9\ud83d\ude00\/\ud800x""#)
    #expect(value.text == "é😀/\u{FFFD}x")
  }

  @Test func `bytes that are not UTF-8 are refused`() {
    let bytes: [UInt8] = [0x22, 0xFF, 0x22]
    #expect(throws: JSONError.self) { try bytes.withUnsafeBytes { try JSONValue(parsing: $0) } }
  }

  @Test func `pointers find values`() throws {
    let value = try JSONValue(parsing: #"{"a":{"b/c":[1,{"~":2}]}}"#)
    #expect(value.at("/a/b~1c/1/~0") == 2)
    #expect(value.at("/a/b~1c/2") == nil)
    #expect(value.at("") == value)
  }

  struct State: Codable, Equatable {
    enum Step: Codable, Equatable { case idle, waiting(bytes: Int) }
    var step = Step.waiting(bytes: 4)
    var pending: [UInt8] = [1, 2]
    var usage: [String: Int] = ["a": 1]
    var text: String?
    var ratio = 0.25
    var nested: [[Int]] = [[1], []]
  }

  @Test func `any Codable value comes back as it was`() throws {
    let encoded = try JSONValue(encoding: State())
    #expect(
      encoded.description
        == #"{"step":{"waiting":{"bytes":4}},"pending":[1,2],"usage":{"a":1},"ratio":0.25,"nested":[[1],[]]}"#
    )
    #expect(try encoded.decode(State.self) == State())
  }

  @Test func `a number that does not fit its type is an error`() throws {
    #expect(throws: DecodingError.self) { try JSONValue.int(300).decode(UInt8.self) }
    #expect(throws: DecodingError.self) { try JSONValue.double(1.5).decode(Int.self) }
    #expect(try JSONValue(parsing: "1e2").decode(Int.self) == 100)
    #expect(try JSONValue(parsing: "18446744073709551615").decode(UInt64.self) == .max)
  }
}
