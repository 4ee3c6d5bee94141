// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK

/// The fields of a body that may hold a key: of a form, or of a JSON object.
struct BodyFields {
  struct Field {
    var name: String
    /// What it says; nil: it is no single value.
    var text: [UInt8]?
    /// Where that stands.
    var value: Range<Int>
  }

  private(set) var fields: [Field] = []
  /// What is to go, with the separators that are no longer needed, for a body without the fields.
  private(set) var removals: [Range<Int>] = []

  init() {}

  /// - Parameter names: of the fields that are looked for. A body of another kind, or one that is broken, has none.
  init(of request: Request, named names: [String]) {
    let type = request.headers["content-type"]?.prefix { $0 != ";" }
      .lowercased().filter { $0 != " " && $0 != "\t" }
    switch type {
    case "application/x-www-form-urlencoded": readForm(request.body.bytes, names)
    case "application/json":
      request.body.bytes.withSpan { readJSON($0.bytes, names) }
    default: break
    }
  }
}

// A form: `a=1&b=2`.
extension BodyFields {
  private mutating func readForm(_ body: Bytes, _ names: [String]) {
    var start = 0
    // The separator in front of a field goes with it; of those at the beginning the one behind.
    var isAtStart = true
    while start <= body.count {
      let end = (start..<body.count).first { body[$0] == UInt8(ascii: "&") } ?? body.count
      let equals = (start..<end).first { body[$0] == UInt8(ascii: "=") }
      let name = String(
        decoding: PercentEncoding.decoded(body[start..<(equals ?? end)]), as: UTF8.self)
      if names.contains(name) {
        let value = min(equals.map { $0 + 1 } ?? end, end)..<end
        fields.append(Field(name: name, text: PercentEncoding.decoded(body[value]), value: value))
        removals.append(isAtStart ? start..<min(end + 1, body.count) : start - 1..<end)
      } else {
        isAtStart = false
      }
      start = end + 1
    }
  }
}

// A JSON object.
extension BodyFields {
  private mutating func readJSON(_ body: RawSpan, _ names: [String]) {
    do throws(LLM.JSONError) {
      let root = try JSONNode.validated(in: body)
      var edit = JSONEdit()
      var members = JSONMembers(of: root)
      while let member = try members.next(in: body) {
        guard let name = names.first(where: { member.key.isString(equalTo: $0, in: body) }) else {
          continue
        }
        edit.remove(name)
        guard let field = Self.field(name, member.value, in: body) else { continue }
        fields.append(field)
      }
      guard !edit.isEmpty else { return }
      removals = try edit.splices(in: body, object: root)
        .map { $0.offset..<$0.offset + $0.delete }
    } catch {
      self = BodyFields()
    }
  }

  /// Nil: a value of a kind that no key has, which is as if there were none.
  private static func field(_ name: String, _ value: JSONNode, in body: RawSpan) -> Field? {
    switch value.kind {
    case .string:
      var text: [UInt8] = []
      value.appendString(in: body, to: &text)
      return Field(name: name, text: text, value: value.start + 1..<value.end - 1)
    case .array, .object: return Field(name: name, text: nil, value: value.start..<value.end)
    case .null, .true, .false, .number: return nil
    }
  }
}
