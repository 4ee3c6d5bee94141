// SPDX-License-Identifier: Apache-2.0

import LLM
import Seeded
import Testing

@Suite struct JSONEditTests {
  private func edited(_ text: String, _ change: (inout JSONEdit) -> Void) throws -> String {
    let bytes = Array(text.utf8)
    var edit = JSONEdit()
    change(&edit)
    let root = try JSONNode.validated(in: bytes)
    let splices = try edit.splices(in: bytes, object: root)
    let result = Splice.apply(splices, to: bytes)
    _ = try JSONNode.validated(in: result)
    return String(decoding: result, as: UTF8.self)
  }

  static let removals: [(String, String)] = [
    (#"{"x":1}"#, "{}"), (#"{ "x" : 1 }"#, "{  }"), (#"{"a":1}"#, #"{"a":1}"#), ("{}", "{}"),
    (#"{"x":1,"a":2}"#, #"{"a":2}"#), (#"{"a":1,"x":2}"#, #"{"a":1}"#),
    (#"{"a":1,"x":2,"b":3}"#, #"{"a":1,"b":3}"#), (#"{"x":1,"x":2}"#, "{}"),
    (#"{"x":1,"x":2,"a":3}"#, #"{"a":3}"#), (#"{"a":3,"x":1,"x":2}"#, #"{"a":3}"#),
    (#"{"x":1,"a":3,"x":2}"#, #"{"a":3}"#),
    (#"{"x":1,"a":2,"x":3,"b":4,"x":5}"#, #"{"a":2,"b":4}"#),
    ("{\n \"a\" : 1 ,\n \"x\" : [ \"}\" ]\n}", "{\n \"a\" : 1\n}"),
    ("{\n \"x\" : 1 ,\n \"a\" : 2\n}", "{\n \"a\" : 2\n}"), (#"{"\u0078":1,"a":2}"#, #"{"a":2}"#),
  ]

  @Test(arguments: removals)
  func `a removed member takes its comma along`(text: String, expected: String) throws {
    #expect(try edited(text) { $0.remove("x") } == expected)
  }

  static let settings: [(String, String)] = [
    ("{}", #"{"x":9}"#), ("{ }", #"{"x":9 }"#), (#"{"x":1}"#, #"{"x":9}"#),
    (#"{"x":9}"#, #"{"x":9}"#),
    (#"{"a":1}"#, #"{"a":1,"x":9}"#), ("{\"a\":1\n}", "{\"a\":1,\"x\":9\n}"),
    (#"{"x":{"y":[1]},"a":1}"#, #"{"x":9,"a":1}"#), (#"{"x":1,"x":"2"}"#, #"{"x":9,"x":9}"#),
    (#"{"\u0078":1}"#, #"{"\u0078":9}"#), (#"{"x":null}"#, #"{"x":9}"#),
    (#"{"x" : "" }"#, #"{"x" : 9 }"#),
  ]

  @Test(arguments: settings)
  func `a set member is replaced wherever it occurs, else appended`(
    text: String, expected: String
  ) throws {
    #expect(try edited(text) { $0.set("x", to: .integer(9)) } == expected)
  }

  @Test func `many changes to one object share its commas`() throws {
    let change: (inout JSONEdit) -> Void = {
      $0.set("model", to: .string("m\"1"))
      $0.set("stream_options", "include_usage", to: .boolean(true))
      $0.remove("top_k")
      $0.setIfAbsent("temperature", to: JSONText(unchecked: Array("0.50".utf8)))
    }
    #expect(
      try edited("{}", change)
        == #"{"model":"m\"1","stream_options":{"include_usage":true},"temperature":0.50}"#)
    #expect(
      try edited(#"{"top_k":1}"#, change)
        == #"{"model":"m\"1","stream_options":{"include_usage":true},"temperature":0.50}"#)
    #expect(
      try edited(
        #"{"stream_options":{"a":1},"top_k":5,"temperature":1,"model":"z","top_k":6}"#, change)
        == #"{"stream_options":{"a":1,"include_usage":true},"temperature":1,"model":"m\"1"}"#)
    #expect(
      try edited(#"{"stream_options":null,"temperature":null,"n":1}"#, change)
        == #"{"stream_options":{"include_usage":true},"temperature":0.50,"n":1,"model":"m\"1"}"#)
    #expect(
      try edited(#"{"stream_options":7,"stream_options":{"include_usage":false}}"#, change)
        == #"{"stream_options":{"include_usage":true},"stream_options":{"include_usage":true},"model":"m\"1","temperature":0.50}"#
    )
  }

  @Test func `elements go to either end of an array`() throws {
    let change: (inout JSONEdit) -> Void = {
      $0.prepend([.integer(1), .integer(2)], to: "m")
      $0.append([.integer(8)], to: "m")
      $0.append([.integer(9)], to: "m")
    }
    #expect(try edited(#"{"m":[5]}"#, change) == #"{"m":[1,2,5,8,9]}"#)
    #expect(try edited(#"{"m":[ ]}"#, change) == #"{"m":[1,2,8,9 ]}"#)
    #expect(try edited(#"{"m":[ 5 ]}"#, change) == #"{"m":[1,2, 5 ,8,9]}"#)
    #expect(try edited(#"{"m":null}"#, change) == #"{"m":[1,2,8,9]}"#)
    #expect(try edited("{}", change) == #"{"m":[1,2,8,9]}"#)
    #expect(throws: JSONError(.wrongType, at: 5)) { try edited(#"{"m":"text"}"#, change) }
  }

  @Test func `nested removals leave what is no object alone`() throws {
    #expect(try edited(#"{"a":{"b":1,"c":2}}"#) { $0.remove("a", "b") } == #"{"a":{"c":2}}"#)
    #expect(try edited(#"{"a":"b"}"#) { $0.remove("a", "b") } == #"{"a":"b"}"#)
    #expect(try edited("{}") { $0.remove("a", "b") } == "{}")
  }

  @Test func `the last of two changes to a member holds`() throws {
    #expect(
      try edited(#"{"a":1}"#) {
        $0.set("a", to: .integer(2))
        $0.remove("a")
      } == "{}")
  }

  @Test(arguments: 0..<6)
  func `random edits equal the same edits of a tree`(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let keys = ["a", "b", "c", "d"]
    for _ in 0..<500 {
      let members = (0..<Int.random(in: 0..<5, using: &random)).map { _ in
        (keys.randomElement(using: &random)!, ["1", "{}", "[ ]"].randomElement(using: &random)!)
      }
      let space = ["", " "].randomElement(using: &random)!
      let text =
        "{" + space
        + members.map { "\"\($0.0)\"\(space):\($0.1)" }.joined(separator: space + ",") + space + "}"
      var expected = members
      var appended: [(String, String)] = []
      var edit = JSONEdit()
      for key in keys {
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
          edit.remove(key)
          expected.removeAll { $0.0 == key }
        case 1:
          edit.set(key, to: .integer(7))
          if !members.contains(where: { $0.0 == key }) { appended.append((key, "7")) }
          expected = expected.map { $0.0 == key ? (key, "7") : $0 }
        default: break
        }
      }
      let bytes = Array(text.utf8)
      let splices = try edit.splices(
        in: bytes, object: JSONNode(scanning: bytes))
      let result = try JSONTree(parsing: Splice.apply(splices, to: bytes))
      let wanted =
        "{" + (expected + appended).map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
      #expect(try result == JSONTree(parsing: Array(wanted.utf8)), "\(text)")
    }
  }
}
