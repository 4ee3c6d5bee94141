// SPDX-License-Identifier: Apache-2.0

extension ChatMessage {
  /// The neutral form of a message in OpenAI's format.
  package init(openAI node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    var end = node.start
    try self.init(openAI: bytes, at: node.start, end: &end)
  }

  /// The neutral form of the message that begins at an offset, and where it ends.
  init(openAI bytes: RawSpan, at offset: Int, end: inout Int) throws(JSONError) {
    self.init(role: .other(""))
    guard bytes.byteOrZero(at: offset) == UInt8(ascii: "{") else {
      end = try JSONNode(scanning: bytes, at: offset).end
      return
    }
    var members = JSONMembers(scanning: bytes, at: offset)
    while let member = try members.next(in: bytes) {
      if !member.value.isNull { try read(member, in: bytes) }
    }
    end = members.end
  }

  private mutating func read(_ member: JSONMember, in bytes: RawSpan) throws(JSONError) {
    let value = member.value
    switch member.key.string(in: bytes) ?? "" {
    case "role": role = ChatRole(name: value.string(in: bytes) ?? "")
    case "content":
      if let text = value.string(in: bytes) {
        content.insert(.text(text), at: 0)
      } else {
        var parts: [ContentPart] = []
        var elements = JSONElements(of: value)
        while let part = try elements.next(in: bytes) {
          let known = try ContentPart(openAI: part, in: bytes)
          lost += try known.lost(of: part, bytes).map { "content[\(parts.count)].\($0)" }
          parts.append(known)
        }
        content = parts + content
      }
    case "refusal": content += value.string(in: bytes).map { [.refusal($0)] } ?? []
    case "name": name = value.string(in: bytes)
    case "tool_call_id": toolCallID = value.string(in: bytes)
    case "tool_calls":
      toolCalls = try value.mapElements(in: bytes) { (call) throws(JSONError) in
        try ToolCall(openAI: call, in: bytes)
      }
    case let key: unknown.append(UnknownField(key, value.text(in: bytes)))
    }
  }

  /// Writes the message in OpenAI's format. A refusal stands beside the content, as in a model's
  /// answer.
  func write(to writer: inout JSONWriter) {
    var said = content
    var refusal: String?
    if role == .assistant, case .refusal(let text)? = said.last {
      refusal = text
      said.removeLast()
    }
    writer.object {
      $0.member("role", role.name)
      $0.key("content")
      if said.isEmpty {
        $0.null()
      } else if said.count == 1, case .text(let text) = said[0] {
        $0.string(text)
      } else {
        $0.array { for part in said { $0.text(part.openAI) } }
      }
      $0.member("refusal", refusal)
      $0.member("name", name)
      $0.member("tool_call_id", toolCallID)
      if !toolCalls.isEmpty {
        $0.key("tool_calls")
        $0.array { for call in toolCalls { call.write(to: &$0) } }
      }
      $0.members(unknown)
    }
  }
}

extension ToolCall {
  init(openAI node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    let arguments = try node.value(at: ["function", "arguments"], in: bytes)
    // Some servers give an object instead of its text.
    let object = arguments?.kind == .object ? arguments?.text(in: bytes).string : nil
    self.init(
      id: try node.member("id", in: bytes)?.string(in: bytes),
      name: try node.value(at: ["function", "name"], in: bytes)?.string(in: bytes) ?? "",
      arguments: arguments?.string(in: bytes) ?? object ?? "")
    let type = try node.member("type", in: bytes)?.string(in: bytes)
    if let type, type != "function" { other = node.text(in: bytes) }
  }

  func write(to writer: inout JSONWriter) {
    if let other { return writer.text(other) }
    writer.object {
      $0.member("id", id)
      $0.member("type", "function")
      $0.key("function")
      $0.object {
        $0.member("name", name)
        // A call without arguments is an empty object to every client's parser.
        $0.member("arguments", arguments.isEmpty ? "{}" : arguments)
      }
    }
  }
}

extension ContentPart {
  private static let members = ["type", "text", "refusal", "image_url", "input_audio", "file"]

  /// The members of a part that have no place here. One of an unknown type is kept whole.
  fileprivate func lost(of node: JSONNode, _ bytes: RawSpan) throws(JSONError) -> [String] {
    if case .other = self { return [] }
    var lost: [String] = []
    var members = JSONMembers(of: node)
    while let member = try members.next(in: bytes) {
      let isKnown = Self.members.contains { member.key.isString(equalTo: $0, in: bytes) }
      if !isKnown, !member.value.isNull { lost.append(member.key.string(in: bytes) ?? "") }
    }
    return lost
  }

  init(openAI node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    func text(_ path: JSONStep...) throws(JSONError) -> String? {
      try node.value(at: path, in: bytes)?.string(in: bytes)
    }
    let known: ContentPart?
    switch try text("type") {
    case "text": known = try text("text").map { .text($0) }
    case "refusal": known = try text("refusal").map { .refusal($0) }
    case "image_url":
      let detail = try text("image_url", "detail")
      known = try text("image_url", "url").map { .image(url: $0, detail: detail) }
    case "input_audio":
      let format = try text("input_audio", "format") ?? ""
      known = try text("input_audio", "data").map { .audio(data: $0, format: format) }
    case "file":
      known = .file(
        File(
          id: try text("file", "file_id"), name: try text("file", "filename"),
          data: try text("file", "file_data")))
    default: known = nil
    }
    self = known ?? .other(node.text(in: bytes))
  }

  fileprivate var openAI: JSONText {
    switch self {
    case .other(let text): text
    case .text(let text):
      ContentPart.part("text") { $0.member("text", text) }
    case .refusal(let text):
      ContentPart.part("refusal") { $0.member("refusal", text) }
    case .image(let url, let detail):
      ContentPart.part("image_url") {
        $0.key("image_url")
        $0.object {
          $0.member("url", url)
          $0.member("detail", detail)
        }
      }
    case .audio(let data, let format):
      ContentPart.part("input_audio") {
        $0.key("input_audio")
        $0.object {
          $0.member("data", data)
          $0.member("format", format)
        }
      }
    case .file(let file):
      ContentPart.part("file") {
        $0.key("file")
        $0.object {
          $0.member("file_id", file.id)
          $0.member("filename", file.name)
          $0.member("file_data", file.data)
        }
      }
    }
  }

  private static func part(_ type: String, _ body: (inout JSONWriter) -> Void) -> JSONText {
    JSONText {
      $0.object {
        $0.member("type", type)
        body(&$0)
      }
    }
  }
}
