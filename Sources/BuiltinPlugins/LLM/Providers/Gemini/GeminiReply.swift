// SPDX-License-Identifier: Apache-2.0

/// A `GenerateContentResponse`, whole or a piece of a stream, found but not read.
struct GeminiReply {
  private(set) var candidates: JSONNode?
  private(set) var usage: JSONNode?
  private(set) var feedback: JSONNode?
  private(set) var error: JSONNode?
  private(set) var id: JSONNode?
  private(set) var model: JSONNode?

  /// Reads what is at the start of a span.
  init(_ bytes: RawSpan) throws(JSONError) {
    var members = JSONMembers(scanning: bytes)
    while let member = try members.next(in: bytes) {
      let key = member.key
      if key.isString("candidates", in: bytes) {
        candidates = member.value
      } else if key.isString("usageMetadata", in: bytes) {
        usage = member.value
      } else if key.isString("modelVersion", in: bytes) {
        model = member.value
      } else if key.isString("responseId", in: bytes) {
        id = member.value
      } else if key.isString("promptFeedback", in: bytes) {
        feedback = member.value
      } else if key.isString("error", in: bytes) {
        error = member.value
      }
    }
  }

  /// Why a prompt was refused, in words; nil if it was not.
  func refusal(in bytes: RawSpan) throws(JSONError) -> String? {
    guard let reason = try feedback?.member("blockReason", in: bytes)?.string(in: bytes) else {
      return nil
    }
    let message = try feedback?.member("blockReasonMessage", in: bytes)?.string(in: bytes)
    return message ?? "the prompt was blocked: \(reason)"
  }
}

/// One candidate of a reply.
struct GeminiCandidate {
  private(set) var index = 0
  private(set) var parts: JSONNode?
  private(set) var reason: JSONNode?
  private(set) var message: JSONNode?

  init(_ node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    var members = JSONMembers(of: node)
    while let member = try members.next(in: bytes) {
      let key = member.key
      if key.isString("content", in: bytes) {
        parts = try member.value.member("parts", in: bytes)
      } else if key.isString("finishReason", in: bytes) {
        reason = member.value
      } else if key.isString("index", in: bytes) {
        index = member.value.integer(in: bytes) ?? 0
      } else if key.isString("finishMessage", in: bytes) {
        message = member.value
      }
    }
  }
}

/// One part of a candidate.
struct GeminiReplyPart {
  private(set) var text: JSONNode?
  private(set) var isThought = false
  private(set) var call: JSONNode?
  private(set) var data: JSONNode?
  private(set) var signature: JSONNode?

  init(_ node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    var members = JSONMembers(of: node)
    while let member = try members.next(in: bytes) {
      let key = member.key
      if key.isString("text", in: bytes) {
        text = member.value
      } else if key.isString("thought", in: bytes) {
        isThought = member.value.kind == .true
      } else if key.isString("functionCall", in: bytes) {
        call = member.value
      } else if key.isString("inlineData", in: bytes) {
        data = member.value
      } else if key.isString("thoughtSignature", in: bytes) {
        signature = member.value
      }
    }
  }

  /// Bytes that the model made, such as an image, as Markdown: a message in OpenAI's format has only text.
  func markdown(in bytes: RawSpan) throws(JSONError) -> String? {
    guard let data, let base64 = try data.member("data", in: bytes)?.string(in: bytes) else {
      return nil
    }
    let type = try data.member("mimeType", in: bytes)?.string(in: bytes) ?? ""
    return "\(type.hasPrefix("image/") ? "!" : "")[\(type)](data:\(type);base64,\(base64))"
  }

  /// The call of a function that the part is; nil if it is none.
  ///
  /// - Parameter generated: The id for a call to which Gemini gave none.
  func toolCall(
    in bytes: RawSpan, generated: @autoclosure () -> String
  ) throws(JSONError) -> ToolCall? {
    guard let call else { return nil }
    var id: String?
    var name: String?
    var arguments: String?
    var members = JSONMembers(of: call)
    while let member = try members.next(in: bytes) {
      if member.key.isString("name", in: bytes) {
        name = member.value.string(in: bytes)
      } else if member.key.isString("args", in: bytes), member.value.kind == .object {
        arguments = member.value.compactText(in: bytes)
      } else if member.key.isString("id", in: bytes) {
        id = member.value.string(in: bytes)
      }
    }
    let whole = GeminiCallID.text(
      own: id, signature: signature?.string(in: bytes), generated: generated())
    return ToolCall(id: whole, name: name ?? "", arguments: arguments ?? "{}")
  }
}

extension JSONNode {
  /// The text of a value without whitespace between its tokens. Google indents whole answers and not its streams, and
  /// clients are to get the same.
  func compactText(in bytes: RawSpan) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(end - start)
    var isInString = false
    var index = start
    while index < end {
      let byte = bytes.byte(at: index)
      if isInString, byte == UInt8(ascii: "\\") {
        text.append(byte)
        index += 1
        text.append(bytes.byteOrZero(at: index))
      } else if isInString || byte > 0x20 {
        if byte == UInt8(ascii: "\"") { isInString.toggle() }
        text.append(byte)
      }
      index += 1
    }
    return String(decoding: text, as: UTF8.self)
  }
}
