// SPDX-License-Identifier: Apache-2.0

/// The blocks of which a message consists.
enum AnthropicContent {
  /// Writes a text.
  static func write(text: String, to writer: inout JSONWriter) {
    writer.object {
      $0.member("type", "text")
      $0.member("text", text)
    }
  }

  /// Writes what a user or a tool says; nothing for a blank text.
  ///
  /// - Parameter place: Where the part is in the client's body, for parts that the API does not know.
  static func write(
    user part: ContentPart, _ place: String, to writer: inout JSONWriter,
    _ unsupported: inout [String]
  ) {
    switch part {
    case .text(let text), .refusal(let text):
      if !text.isBlank { write(text: text, to: &writer) }
    case .image(let url, let detail):
      guard let source = AnthropicSource(image: url) else { return unsupported.append(place) }
      if let detail, detail != "auto" { unsupported.append("\(place).image_url.detail") }
      source.write("image", to: &writer)
    case .file(let file):
      guard let source = AnthropicSource(file) else { return unsupported.append(place) }
      source.write("document", title: file.name, to: &writer)
    case .audio, .other: unsupported.append(place)
    }
  }

  /// Writes what the model said: it has only texts.
  static func write(
    assistant part: ContentPart, _ isEnd: Bool, _ place: String, to writer: inout JSONWriter,
    _ unsupported: inout [String]
  ) {
    switch part {
    case .text(let text), .refusal(let text):
      if text.isBlank { return }
      write(text: isEnd ? text.withoutTrailingWhitespace : text, to: &writer)
    case .image, .audio, .file, .other: unsupported.append(place)
    }
  }

  /// Writes a call of a tool.
  static func write(
    _ call: ToolCall, _ place: String, to writer: inout JSONWriter, _ unsupported: inout [String]
  ) {
    guard call.other == nil else { return unsupported.append(place) }
    let input = input(call.arguments)
    if input == nil { unsupported.append("\(place).function.arguments") }
    writer.object {
      $0.member("type", "tool_use")
      $0.member("id", callID(call.id ?? ""))
      $0.member("name", call.name)
      $0.key("input")
      if let input {
        $0.text(input)
      } else {
        $0.object { $0.member("arguments", call.arguments) }
      }
    }
  }

  /// The id of a call by the API's rule, letters, digits, `-` and `_`: ids of other providers may have more. The same id
  /// always becomes the same.
  static func callID(_ id: String) -> String {
    func isPlain(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    if !id.isEmpty, id.utf8.allSatisfy(isPlain) { return id }
    let digits = Array("0123456789ABCDEF".utf8)
    var plain = Array("call_".utf8)
    for byte in id.utf8 {
      if isPlain(byte) {
        plain.append(byte)
      } else {
        plain += [UInt8(ascii: "_"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: plain, as: UTF8.self)
  }

  /// The arguments as an object; nil if they are none, which can be: they are a model's words.
  private static func input(_ arguments: String) -> JSONText? {
    if arguments.isBlank { return JSONText(unchecked: Array("{}".utf8)) }
    let bytes = Array(arguments.utf8)
    let node = try? JSONNode.validated(in: bytes.span.bytes)
    return node?.kind == .object ? JSONText(unchecked: bytes) : nil
  }
}
