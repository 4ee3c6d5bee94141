// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Testing

@testable import patchbay

struct LogLineTests {
  private func line(
    _ message: String, _ metadata: Logger.Metadata = [:], level: Logger.Level = .info
  ) -> LogLine {
    LogLine(
      time: Date(timeIntervalSince1970: 1_764_118_353.154), level: level, message: message,
      metadata: metadata)
  }

  @Test func `JSON has the whole time, in UTC, with milliseconds`() throws {
    let text = line("ready", ["listen": "127.0.0.1:8000", "admin": "[::1]:8001"]).json
    #expect(
      text == #"{"time":"2025-11-26T00:52:33.154Z","level":"info","message":"ready","#
        + #""admin":"[::1]:8001","listen":"127.0.0.1:8000"}"#)
  }

  @Test func `JSON stays JSON, whatever is logged`() throws {
    let odd = "a\"b\\c\nd\u{1b}[2J\u{0}é\u{85}"
    let text = line(odd, ["k": "\(odd)", "level": "mine", "time": "never"]).json
    #expect(!text.utf8.contains { $0 < 0x20 })
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String])
    #expect(object["message"] == odd)
    #expect(object["k"] == odd)
    #expect(object["level"] == "info")
    #expect(object["field_level"] == "mine")
    #expect(object["field_time"] == "never")
  }

  @Test func `a person sees columns`() {
    #expect(
      line("ready", ["b": "two words", "a": "1", "c": ""]).human
        == #"2025-11-26T00:52:33.154Z INFO     ready a=1 b="two words" c="""#)
    #expect(
      line("gone", level: .critical).human == "2025-11-26T00:52:33.154Z CRITICAL gone")
  }

  @Test func `what plugins and clients say cannot move a terminal's cursor`() {
    let text = line("bad\u{1b}[2J", ["k": "\u{9b}31m\r\nfaked line"]).human
    #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control })
    #expect(text.contains(#"k="\u009b31m\r\nfaked line""#))
  }
}
