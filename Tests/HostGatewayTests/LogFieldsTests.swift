// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol
import Testing

@testable import HostGateway

struct LogFieldsTests {
  private func text(_ fields: LogFields) -> [String] {
    let arena = MessageArena()
    let (list, count) = fields.messages(in: arena)
    return (0..<count).map { index in
      guard let field = list[index]?.pointee else { return "nothing" }
      let path = field.path.map { String(cString: $0) } ?? "nothing"
      return "\(path)=\(String(decoding: field.json.view, as: UTF8.self))"
    }
  }

  private func append(_ path: String, _ json: String, to fields: inout LogFields) {
    Array(path.utf8).withUnsafeBytes { path in
      Array(json.utf8).withUnsafeBytes { fields.append(path: path, json: $0) }
    }
  }

  @Test func `fields are told as they came, and in their order`() {
    var fields = LogFields()
    append("ai.model", #""m""#, to: &fields)
    append("", "", to: &fields)
    append("ai.tokens", "12", to: &fields)
    #expect(text(fields) == [#"ai.model="m""#, "=", "ai.tokens=12"])
    #expect(fields.byteCount == 22)
  }

  @Test func `what came after a mark can be forgotten`() {
    var fields = LogFields()
    append("first", "1", to: &fields)
    let mark = fields.mark
    append("second", "2", to: &fields)
    fields.cut(to: mark)
    #expect(text(fields) == ["first=1"])
    append("third", "3", to: &fields)
    #expect(text(fields) == ["first=1", "third=3"])
  }
}
