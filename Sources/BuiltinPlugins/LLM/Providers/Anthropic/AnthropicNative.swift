// SPDX-License-Identifier: Apache-2.0

extension Anthropic: NativeFormat {
  /// Messages and the counting of their tokens. Batches are no operation here: their prompts would pass every guard
  /// unseen, and their answers uncounted.
  package func nativeCall(
    path: String, query: String, body: RawSpan
  ) throws(RequestProblem) -> NativeCall {
    let isCount = path.hasSuffix("/v1/messages/count_tokens")
    guard isCount || path.hasSuffix("/v1/messages") else {
      throw RequestProblem(
        status: 404,
        message: "no operation of anthropic's API that is supported here:"
          + " it has to be /v1/messages or /v1/messages/count_tokens")
    }
    let facts = try Facts(body)
    var call = NativeCall(
      kind: isCount ? .other : .chat, model: facts.model,
      isStreamed: !isCount && facts.isStreamed,
      path: isCount ? "/v1/messages/count_tokens" : "/v1/messages")
    // A client that names a version has written its body for that one.
    call.headers = [.init("anthropic-version", version)]
    return call
  }

  /// What the body says about itself.
  private struct Facts {
    var model: String?
    var isStreamed = false

    init(_ body: RawSpan) throws(RequestProblem) {
      let twice: StaticString?
      do throws(JSONError) {
        let root = try JSONNode.validated(in: body)
        guard root.kind == .object else { throw JSONError(.wrongType, at: root.start) }
        twice = try Self.duplicate(in: root, body)
        model = try root.member("model", in: body)?.string(in: body)
        isStreamed = try root.member("stream", in: body)?.kind == .true
      } catch {
        throw .noPrompts
      }
      if let twice { throw .duplicateMember(twice) }
    }

    /// A member that decides what a model sees and is there twice: a guard could be shown the other one.
    private static func duplicate(
      in root: JSONNode, _ body: RawSpan
    ) throws(JSONError) -> StaticString? {
      var counts = (messages: 0, system: 0, model: 0)
      var members = JSONMembers(of: root)
      while let member = try members.next(in: body) {
        if member.key.isString("messages", in: body) { counts.messages += 1 }
        if member.key.isString("system", in: body) { counts.system += 1 }
        if member.key.isString("model", in: body) { counts.model += 1 }
      }
      if counts.messages > 1 { return "messages" }
      if counts.system > 1 { return "system" }
      return counts.model > 1 ? "model" : nil
    }
  }

  package func chat(native body: RawSpan) throws(JSONError) -> ChatRequest {
    try ChatRequest(anthropic: JSONNode.validated(in: body), in: body)
  }
}
