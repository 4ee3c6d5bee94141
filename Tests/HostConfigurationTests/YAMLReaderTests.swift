// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

struct YAMLReaderTests {
  private func json(_ text: String) throws -> String {
    let document = try YAMLReader.parse(text)
    #expect(document.errors.isEmpty)
    return String(decoding: document.value.json(revealing: false), as: UTF8.self)
  }

  private func errors(_ text: String) -> [String] {
    do throws(ConfigurationError) {
      return try YAMLReader.parse(text).errors.map(\.description)
    } catch {
      return [error.description]
    }
  }

  @Test(arguments: [
    ("[null, ~, '', \"~\"]", #"[null,null,"","~"]"#),
    ("[true, false, yes, no, on, off]", #"[true,false,"yes","no","on","off"]"#),
    (
      "[1, -2, 1.50, 1e3, 0x10, 010, 1_000, .inf, +1]",
      #"[1,-2,1.50,1e3,"0x10","010","1_000",".inf","+1"]"#
    ),
    ("['1', !!str 2, !!int 3, 2001-01-01]", #"["1","2",3,"2001-01-01"]"#),
    ("{1: a, true: b}", #"{"1":"a","true":"b"}"#),
    ("a: |\n  x\n  y\nb: >-\n  x\n  y", #"{"a":"x\ny\n","b":"x y"}"#),
    ("a: \"\\u00e9\\t\\\"\\\\\"", #"{"a":"é\t\"\\"}"#),
    ("{a: &x {b: 1}, c: *x}", #"{"a":{"b":1},"c":{"b":1}}"#),
    ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", #"{"a":{"b":1,"c":2},"d":{"c":3,"b":1}}"#),
    ("a: &x {b: 1}\nd: {<<: [*x, {b: 2, e: 4}]}", #"{"a":{"b":1},"d":{"b":1,"e":4}}"#),
    ("{'<<': 1}", #"{"<<":1}"#),
  ])
  func `values`(_ text: String, _ expected: String) throws {
    #expect(try json(text) == expected)
  }

  @Test(arguments: [
    ("", "the configuration is empty"),
    ("a: 1\nb: 2\na: 3", "field occurs twice: a (line 1)"),
    ("a: *nobody", "not YAML: found undefined alias (line 1)"),
    ("a: !secret x", "a: the tag '!secret' is not supported (line 1)"),
    ("? [a]\n: 1", "a field's name must be a string (line 1)"),
    ("a: 1\nb: {<<: 5}", "b.<<: expected a record, or an array of records, to merge (line 2)"),
    ("a: 1\n--- \nb: 2", "not YAML: but found another document (line 2)"),
  ])
  func `what is no configuration`(_ text: String, _ error: String) {
    #expect(errors(text) == [error])
  }

  @Test(arguments: ["a: [1", "a: b: c", "\ta: 1", "a: 'x", "{a: 1}}", "\u{1}"])
  func `what is no YAML says so`(_ text: String) {
    #expect(errors(text).first?.hasPrefix("not YAML: ") == true)
  }

  @Test func `values remember their lines`() throws {
    let value = try YAMLReader.parse("a:\n  - b\n  - c: 1\n    d: 2").value
    #expect(value.line(at: "/a/0") == 2)
    #expect(value.line(at: "/a/1/d") == 4)
    #expect(value.line(at: "/a/1/nothing/there") == 3)
    #expect(value.line(at: "/a/9") == 2)
  }

  @Test func `a bomb of aliases is bounded`() {
    var text = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n"
    for level in 1...9 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    let found = errors(text)
    #expect(found.count == 1)
    #expect(found.first?.contains("nested too deeply or too large") == true)
  }

  @Test func `what is nested too deeply is refused, however deep it is`() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(errors(nested(60)).isEmpty)
    #expect(errors(nested(100)).first?.contains("nested too deeply") == true)
    #expect(errors(nested(100_000)).first?.hasPrefix("not YAML: ") == true)
    let blocks = (0..<5_000).map { String(repeating: " ", count: $0) + "a:" }
    #expect(!errors(blocks.joined(separator: "\n")).isEmpty)
  }

  @Test func `an object of very many fields takes no more than its time`() throws {
    let text = (0..<50_000).map { "k\($0): 1" }.joined(separator: "\n")
    let began = ContinuousClock.now
    #expect(try YAMLReader.parse(text).value.members?.count == 50_000)
    // Every field against every other would take minutes.
    #expect(ContinuousClock.now - began < .seconds(60))
  }
}
