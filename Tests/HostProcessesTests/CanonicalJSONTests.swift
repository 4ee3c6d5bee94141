// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import HostProcesses

/// The examples of RFC 8785, and where this form differs.
@Suite struct CanonicalJSONTests {
  private func canonical(_ json: String) throws -> String {
    try JSONDecoder().decode(CanonicalJSON.self, from: Data(json.utf8)).text
  }

  @Test func `the example of section 3.2.2`() throws {
    let json = #"""
      {
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
      }
      """#
    #expect(
      try canonical(json)
        == #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
        + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#)
  }

  @Test func `members are in the order of UTF-16, as in section 3.2.3`() throws {
    let json = #"""
      {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7}
      """#
    #expect(
      try canonical(json)
        == "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"\u{1F600}\":5,\"\u{FB33}\":3}")
  }

  @Test(arguments: [
    ("0", "0"), ("-0.0", "0"), ("5e-324", "5e-324"), ("-5e-324", "-5e-324"),
    ("1.7976931348623157e308", "1.7976931348623157e+308"),
    ("295147905179352825856", "295147905179352830000"),
    ("9.999999999999997e22", "9.999999999999997e+22"), ("1e23", "1e+23"),
    ("1.0000000000000001e23", "1.0000000000000001e+23"),
    ("999999999999999700000", "999999999999999700000"), ("1e21", "1e+21"),
    ("9.999999999999997e-7", "9.999999999999997e-7"), ("0.000001", "0.000001"),
    ("333333333.33333343", "333333333.33333343"),
    ("-0.0000033333333333333333", "-0.0000033333333333333333"),
    ("1424953923781206.25", "1424953923781206.2"), ("1.0", "1"), ("100", "100"), ("10.5", "10.5"),
  ])
  func `numbers, as in appendix B`(_ number: String, _ text: String) throws {
    #expect(try canonical("[\(number)]") == "[\(text)]")
  }

  @Test(arguments: ["9223372036854775807", "-9223372036854775808", "18446744073709551615"])
  func `integers of 64 bits keep all their digits`(_ number: String) throws {
    #expect(try canonical("[\(number)]") == "[\(number)]")
  }

  @Test func `control characters are escaped, and nothing else is`() throws {
    let all = (0..<0x20).map { "\\u00" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    #expect(
      try canonical("\"" + all.joined() + "\\u007f\\u2028é\"")
        == #""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"#
        + #"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d"#
        + "\\u001e\\u001f\u{7F}\u{2028}é\"")
  }

  @Test func `it is its own canonical text`() throws {
    let text = try canonical(#"{"b":[1,{"y":[],"x":{}}],"a":-1.5e-9}"#)
    #expect(text == #"{"a":-1.5e-9,"b":[1,{"x":{},"y":[]}]}"#)
    #expect(try canonical(text) == text)
  }
}
