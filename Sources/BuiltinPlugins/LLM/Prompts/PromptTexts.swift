// SPDX-License-Identifier: Apache-2.0

/// All texts of a request that a model reads, for plugins that look at prompts and change nothing.
///
/// Nothing may hide here: escapes are decoded, a part of an unknown type is read for whatever strings it has, and a body
/// that two readers could understand differently is refused.
package struct PromptTexts: Equatable, Sendable {
  /// One message, or texts that stand for themselves.
  package struct Message: Equatable, Sendable {
    /// Who speaks.
    package var role: ChatRole
    /// What is said, decoded, part by part, as UTF-8. Bytes of images, sounds and files are not in it.
    package var parts: [[UInt8]] = []
    /// What JSON inside of the parts says without its own escapes: of `{"city":"\u0042onn"}` it is Bonn.
    package var unescaped: [[UInt8]] = []

    /// A message.
    package init(role: ChatRole, parts: [[UInt8]] = []) {
      self.role = role
      self.parts = parts
    }

    /// Whether a person may have written it. That is so for every role that is not known to be somebody else's.
    package var isUsers: Bool {
      switch role {
      case .user: true
      case .other(let name): name != "function"
      case .system, .developer, .assistant, .tool: false
      }
    }
  }

  /// In the order of the conversation.
  package var messages: [Message] = []

  /// No texts.
  init() {}
}

extension RequestProblem {
  /// A prompt of which the text cannot be told, such as one of token numbers.
  package static let unreadablePrompt = RequestProblem(
    message: "request body contains a prompt that cannot be read")
}

extension PromptTexts {
  /// Steps through bytes that were validated, so that what is thrown here is not met.
  static func read<Value>(
    _ body: () throws(JSONError) -> Value
  ) throws(RequestProblem) -> Value {
    do throws(JSONError) { return try body() } catch { throw .unreadablePrompt }
  }
}

extension PromptTexts.Message {
  /// Adds a text.
  mutating func add(_ text: [UInt8]) {
    guard !text.isEmpty else { return }
    parts.append(text)
    let span = text.span.bytes
    let first = span.byteOrZero(at: span.skippingWhitespace(from: 0))
    guard first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
      text.contains(UInt8(ascii: "\\")), let node = try? JSONNode.validated(in: span)
    else { return }
    // It is valid, so that all of it is read.
    try? node.appendStrings(in: span, to: &unescaped)
  }

  /// Adds a string of a body.
  mutating func add(_ node: JSONNode, in body: RawSpan) {
    var text: [UInt8] = []
    node.appendString(in: body, to: &text)
    add(text)
  }

  /// Adds a text.
  mutating func add(_ text: String) { add(Array(text.utf8)) }

  /// Adds every string below a value of a body.
  mutating func addAll(_ node: JSONNode, in body: RawSpan) throws(JSONError) {
    if node.kind == .string { return add(node, in: body) }
    var strings: [[UInt8]] = []
    try node.appendStrings(in: body, to: &strings)
    for string in strings { add(string) }
  }
}

extension JSONNode {
  /// The content of every string below a value, in order, without keys, the names of types and ids.
  ///
  /// The recursion is as deep as the value, which is bounded by ``JSONLimits/maximumDepth``.
  func appendStrings(in bytes: RawSpan, to strings: inout [[UInt8]]) throws(JSONError) {
    switch kind {
    case .string:
      var text: [UInt8] = []
      appendString(in: bytes, to: &text)
      strings.append(text)
    case .array:
      var elements = JSONElements(of: self)
      while let element = try elements.next(in: bytes) {
        try element.appendStrings(in: bytes, to: &strings)
      }
    case .object:
      var members = JSONMembers(of: self)
      while let member = try members.next(in: bytes) {
        let isName =
          member.key.isString("type", in: bytes) || member.key.isString("id", in: bytes)
        if isName, member.value.kind == .string { continue }
        try member.value.appendStrings(in: bytes, to: &strings)
      }
    case .null, .false, .true, .number: break
    }
  }

  /// A key as the most forgiving reader sees it: some servers take `Messages`, or `meſſages`, for `messages`.
  func foldedString(in bytes: RawSpan) -> String {
    guard let key = string(in: bytes) else { return "" }
    let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
    if key.utf8.allSatisfy({ $0 < 0x80 && !capitals.contains($0) }) { return key }
    let folded = key.lowercased().unicodeScalars.map { (scalar) -> Unicode.Scalar in
      scalar == "ſ" ? "s" : scalar == "\u{212A}" ? "k" : scalar
    }
    return String(String.UnicodeScalarView(folded))
  }
}
