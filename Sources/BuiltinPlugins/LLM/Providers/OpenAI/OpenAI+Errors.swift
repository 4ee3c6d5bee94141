// SPDX-License-Identifier: Apache-2.0

extension OpenAI {
  /// Whether a body is an error as OpenAI writes it: it can pass as it is.
  package static func isError(_ body: RawSpan) -> Bool {
    guard let root = try? JSONNode.validated(in: body),
      let error = try? root.member("error", in: body), error.kind == .object,
      let message = try? error.member("message", in: body)
    else { return false }
    return message.kind == .string
  }

  /// The error in a body of a server that speaks OpenAI's API and has its own mind about errors:
  /// `{"error":"…"}`, `{"message":"…"}`, `{"detail":"…"}`, with a type or a code beside it. Nil for
  /// anything else.
  package static func looseError(_ body: RawSpan, status: Int) -> ChatError? {
    do {
      let root = try JSONNode.validated(in: body)
      guard root.kind == .object else { return nil }
      let inner = try root.member("error", in: body)
      let place = inner?.kind == .object ? inner ?? root : root
      func text(_ name: StaticString) throws -> String? {
        let node = try place.member(name, in: body) ?? root.member(name, in: body)
        return node?.string(in: body) ?? node?.integer(in: body).map(String.init)
      }
      let message =
        try inner?.string(in: body) ?? text("message") ?? text("detail")
      guard let message else { return nil }
      return ChatError(
        message: message, type: try text("type") ?? ChatError.type(of: status),
        code: try text("code") ?? text("error_code"), parameter: try text("param"))
    } catch {
      return nil
    }
  }
}
