// SPDX-License-Identifier: Apache-2.0

extension Gemini: NativeFormat {
  package func nativeCall(
    path: String, query: String, body: RawSpan
  ) throws(RequestProblem) -> NativeCall {
    let segments = path.split(separator: "/")
    guard let place = GeminiPath(segments) else {
      throw RequestProblem(
        status: 404,
        message: "Gemini's API has no such operation: the path must end with"
          + " /models/{model}:{operation}")
    }
    let isStreamed = place.operation == "streamGenerateContent"
    let isChat = isStreamed || place.operation == "generateContent"
    if isChat { try check(body) }
    return NativeCall(
      kind: isChat ? .chat : .other, model: place.model, isStreamed: isStreamed,
      path: address.path(
        model: place.model, place.operation, version: place.version(isVertex: address.isVertex)))
  }

  /// Google reads much that is no JSON, and believes one of several members: what a guard cannot read, or could be shown
  /// another of, does not pass.
  private func check(_ body: RawSpan) throws(RequestProblem) {
    var contents = 0
    var instructions = 0
    do throws(JSONError) {
      let root = try JSONNode.validated(in: body)
      guard root.kind == .object else { throw JSONError(.wrongType, at: 0) }
      var members = JSONMembers(of: root)
      while let member = try members.next(in: body) {
        let key = member.key
        if key.isString("contents", in: body) {
          contents += 1
        } else if key.isString("systemInstruction", in: body)
          || key.isString("system_instruction", in: body)
        {
          instructions += 1
        }
      }
    } catch {
      throw .noPrompts
    }
    if contents == 0 { throw .noPrompts }
    if contents > 1 { throw .duplicateMember("contents") }
    if instructions > 1 { throw .duplicateMember("systemInstruction") }
  }

  package func chat(native body: RawSpan) throws(JSONError) -> ChatRequest {
    try ChatRequest(gemini: JSONNode.validated(in: body), in: body)
  }
}

/// What a client's path asks for: `…/v1beta/models/{model}:{operation}`, whatever is in front of it.
private struct GeminiPath {
  let model: String
  let operation: String
  private let before: ArraySlice<Substring>

  init?(_ segments: [Substring]) {
    guard let last = segments.last, let colon = last.lastIndex(of: ":"),
      let model = PathSegment.unescaped(last[..<colon]), !model.isEmpty,
      let models = segments.dropLast().last, models == "models" || models == "endpoints"
    else {
      return nil
    }
    operation = String(last[last.index(after: colon)...])
    guard GeminiAddress.operations.contains(operation) else { return nil }
    self.model = model
    before = segments.dropLast(2)
  }

  /// The version of the API that the client speaks, if it is one of this API's; nil: the usual.
  func version(isVertex: Bool) -> String? {
    let known = isVertex ? ["v1", "v1beta1"] : ["v1", "v1beta", "v1alpha"]
    return before.last { known.contains(String($0)) }.map(String.init)
  }
}
