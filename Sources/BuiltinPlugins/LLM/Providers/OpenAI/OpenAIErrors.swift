// SPDX-License-Identifier: Apache-2.0

// Errors of those who speak OpenAI's API are OpenAI's, more or less.
extension OpenAI {
  /// An error's body as OpenAI would have written it; nil if it is already so, to the last member.
  ///
  /// What the provider says beside message, type, param and code stays where it is: Azure's
  /// `innererror` tells which filter was hit. A body that is no such error at all, as a proxy's
  /// HTML page, becomes an error made of the status; what it says is not for clients.
  package static func normalisedError(
    _ body: RawSpan, status: Int, of provider: String
  ) -> [UInt8]? {
    guard let root = try? JSONNode.validated(in: body), root.kind == .object,
      let error = try? LooseError(root, in: body)
    else { return ChatError(status: status, of: provider).openAI.bytes }
    return error.isExact ? nil : error.written(status: status)
  }

  /// An error inside of a stream, the data of one event, as OpenAI would have written it; nil if it
  /// is an object `error` already, which clients find, or is no error.
  static func normalisedStreamError(_ data: RawSpan) -> [UInt8]? {
    guard let root = try? JSONNode.validated(in: data), root.kind == .object,
      let error = try? LooseError(root, in: data), !error.isNested, error.isPlain
    else { return nil }
    return error.written(status: error.status ?? 500)
  }
}

/// An error in one of the many shapes: OpenAI's own `{"error": {"message", "type", "param",
/// "code"}}` and parts of it, `{"error": "text", "code"}`, the members without `error` around them
/// (`{"object": "error", "message", …}`, `{"error_code", "message"}`), `{"detail": …}`.
private struct LooseError {
  private var message: String?
  private var type: String?
  private var parameter: String?
  private var code: String?
  private var others: [UnknownField] = []
  private var aroundIt: [UnknownField] = []
  private var hasError = false
  /// Which of OpenAI's members are there, as OpenAI writes them.
  private var exactMembers = 0
  private(set) var isExact = false
  /// Whether there is an object `error`.
  private(set) var isNested = false

  init?(_ root: JSONNode, in body: RawSpan) throws(JSONError) {
    let error = try root.member("error", in: body)
    if let error, error.kind == .object {
      isNested = true
      try read(error, in: body)
      isExact = exactMembers == 4
      for (key, value) in try root.decodedMembers(in: body) where key != "error" {
        aroundIt.append(UnknownField(key, value.text(in: body)))
      }
    } else {
      try read(root, in: body)
      others = []
    }
    guard message != nil else { return nil }
  }

  private mutating func read(_ node: JSONNode, in body: RawSpan) throws(JSONError) {
    for (key, value) in try node.decodedMembers(in: body) {
      let text = value.string(in: body)
      switch key {
      case "message":
        message = text ?? message
        if text != nil { exactMembers += 1 }
      case "error", "detail":
        hasError = !value.isNull
        message = message ?? text ?? (value.isNull ? nil : value.text(in: body).string)
      case "type":
        type = text
        if text != nil || value.isNull { exactMembers += 1 }
      case "param":
        parameter = text
        if text != nil || value.isNull { exactMembers += 1 }
      case "code", "error_code":
        code = text ?? value.integer(in: body).map { String($0) }
        if text != nil || value.isNull { exactMembers += 1 }
      default: others.append(UnknownField(key, value.text(in: body)))
      }
    }
  }

  /// Whether it cannot be anything else: a lone `message` can.
  var isPlain: Bool { hasError || type != nil || code != nil }

  /// The status that the code is, where it is one.
  var status: Int? {
    code.flatMap { Int($0) }.flatMap { (400...599).contains($0) ? $0 : nil }
  }

  func written(status: Int) -> [UInt8] {
    JSONText { writer in
      writer.object {
        $0.key("error")
        $0.object {
          $0.member("message", message)
          $0.member("type", type(status: status))
          $0.member("param", orNull: parameter)
          $0.member("code", orNull: code)
          $0.members(others)
        }
        $0.members(aroundIt)
      }
    }.bytes
  }

  /// The provider's type, unless it is the name of a class in its program: `NotFoundError`.
  private func type(status: Int) -> String {
    let isName = type?.utf8.contains { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") } ?? true
    return isName ? ChatError.type(of: status) : type ?? ""
  }
}
