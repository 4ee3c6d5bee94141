// SPDX-License-Identifier: Apache-2.0

extension HuggingFace: NativeFormat {
  /// TGI's operations, and those of the router.
  package func nativeCall(
    path: String, query: String, body: RawSpan
  ) throws(RequestProblem) -> NativeCall {
    let root = try? JSONNode.validated(in: body)
    func member(_ name: StaticString) -> JSONNode? {
      root.flatMap { try? $0.member(name, in: body) }
    }
    let model = member("model")?.string(in: body)
    let streams = member("stream")?.kind == .true
    for (suffix, isStreamed) in [
      ("/generate", false), ("/generate_stream", true), ("/v1/chat/completions", streams),
      ("/v1/completions", streams),
    ] where path.hasSuffix(suffix) {
      return NativeCall(kind: .chat, model: model, isStreamed: isStreamed, path: suffix)
    }
    for suffix in ["/embed", "/v1/embeddings", "/tokenize", "/info"] where path.hasSuffix(suffix) {
      return NativeCall(kind: .other, model: model, isStreamed: false, path: suffix)
    }
    throw RequestProblem(
      status: 404,
      message: "this path is none of Hugging Face's operations: generate, generate_stream,"
        + " v1/chat/completions, v1/completions, embed, v1/embeddings, tokenize, info")
  }

  /// Which of the APIs is meant only the path says, and each reads a member of its own: `messages`, `inputs` and `prompt`
  /// all count.
  package func chat(native body: RawSpan) throws(JSONError) -> ChatRequest {
    let root = try JSONNode.validated(in: body)
    var chat = try ChatRequest(openAI: root, in: body)
    chat.unknown.removeAll { ["inputs", "parameters", "prompt"].contains($0.key) }
    for name: StaticString in ["inputs", "prompt"] {
      guard let value = try root.member(name, in: body), value.kind != .null else { continue }
      let list = try value.mapElements(in: body) { $0.string(in: body) }
      let texts = value.string(in: body).map { [$0] } ?? list.compactMap { $0 }
      chat.messages.append(ChatMessage(role: .user, content: texts.map { .text($0) }))
    }
    guard let parameters = try root.member("parameters", in: body) else { return chat }
    for (key, value) in try parameters.decodedMembers(in: body) where !value.isNull {
      switch key {
      case "max_new_tokens": chat.sampling.maxTokens = value.text(in: body)
      case "temperature": chat.sampling.temperature = value.text(in: body)
      case "top_p": chat.sampling.topP = value.text(in: body)
      case "top_k": chat.sampling.topK = value.text(in: body)
      case "seed": chat.sampling.seed = value.text(in: body)
      case "stop":
        chat.sampling.stop = try value.mapElements(in: body) { $0.string(in: body) ?? "" }
      default: chat.unknown.append(UnknownField(key, value.text(in: body)))
      }
    }
    return chat
  }
}
