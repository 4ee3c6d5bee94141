// SPDX-License-Identifier: Apache-2.0

// Vectors: each family of models has a body of its own.
extension Bedrock {
  private enum EmbeddingModel {
    case titan(hasDimensions: Bool)
    case titanImage
    case cohere(hasDimensions: Bool)

    init?(_ model: String) {
      if model.contains("titan-embed-image") {
        self = .titanImage
      } else if model.contains("titan-embed") {
        self = .titan(hasDimensions: !model.contains("text-v1") && !model.contains("g1-text"))
      } else if model.contains("cohere.embed") {
        self = .cohere(hasDimensions: !model.contains("-v3"))
      } else {
        return nil
      }
    }
  }

  package func request(
    _ embeddings: EmbeddingRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    guard let model = EmbeddingModel(call.model) else {
      throw RequestProblem(
        message: "\(name) has no embeddings of '\(call.model)': known are Titan and Cohere")
    }
    guard let texts = embeddings.texts else {
      throw RequestProblem(message: "\(name) takes texts, not tokens", parameter: "input")
    }
    var request = ProviderRequest(path: Self.path(call.model, .invoke))
    if embeddings.user != nil { request.unsupported.append("user") }
    var inputType = settings.cohereInputType ?? "classification"
    for field in embeddings.unknown {
      if case .cohere = model, field.key == "input_type", let own = Self.string(field.value) {
        inputType = own
      } else {
        request.unsupported.append(field.key)
      }
    }
    let size = embeddings.dimensions
    switch model {
    case .titan(let hasDimensions):
      let text = try only(texts)
      if size != nil, !hasDimensions { request.unsupported.append("dimensions") }
      request.body = Self.json {
        $0.member("inputText", text)
        guard hasDimensions else { return }
        $0.member("dimensions", size)
        $0.member("normalize", settings.bedrock.normalisesEmbeddings)
      }
    case .titanImage:
      let text = try only(texts)
      request.body = Self.json {
        $0.member("inputText", text)
        guard let size else { return }
        $0.key("embeddingConfig")
        $0.object { $0.member("outputEmbeddingLength", size) }
      }
    case .cohere(let hasDimensions):
      if size != nil, !hasDimensions { request.unsupported.append("dimensions") }
      request.body = Self.json {
        $0.key("texts")
        $0.array { for text in texts { $0.string(text) } }
        $0.member("input_type", inputType)
        if hasDimensions { $0.member("output_dimension", size) }
      }
    }
    return request
  }

  package func answer(
    embeddings body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> EmbeddingResponse {
    let answer: EmbeddingResponse?
    do throws(JSONError) {
      answer = try EmbeddingResponse(bedrock: body)
    } catch {
      throw .unreadable(name, "\(error)")
    }
    guard let answer else { throw .unreadable(name, "it has no 'embedding'") }
    return answer
  }

  /// Every invocation is counted in a header; only Titan says it in the body, too.
  package func usageHeaders(_ route: RouteType) -> UsageHeaders? {
    route == .embeddings ? UsageHeaders(prompt: "x-amzn-bedrock-input-token-count") : nil
  }

  /// Titan takes one text in a request.
  private func only(_ texts: [String]) throws(RequestProblem) -> String {
    guard texts.count == 1 else {
      throw RequestProblem(
        message: "this model takes one text in a request, not \(texts.count)", parameter: "input")
    }
    return texts[0]
  }

  private static func string(_ text: JSONText) -> String? {
    let bytes = text.bytes.span.bytes
    return (try? JSONNode(scanning: bytes))?.string(in: bytes)
  }

  private static func json(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
    JSONText { $0.object { write(&$0) } }.bytes
  }
}

extension EmbeddingResponse {
  /// The answer of a model of Titan's or Cohere's; nil if there is no vector in it. Cohere's says nothing of tokens.
  fileprivate init?(bedrock body: RawSpan) throws(JSONError) {
    let root = try JSONNode.validated(in: body)
    self.init(model: "", vectors: [])
    if let vector = try root.member("embedding", in: body), vector.kind == .array {
      vectors = [vector.text(in: body)]
    } else if let found = try root.member("embeddings", in: body) {
      // A list, or one by type where types were asked for.
      let list = try found.member("float", in: body) ?? found
      vectors = try list.mapElements(in: body) { $0.text(in: body) }
    } else {
      return nil
    }
    let count = try root.member("inputTextTokenCount", in: body)?.integer(in: body)
    usage = count.map { Usage(promptTokens: $0, completionTokens: 0) }
  }
}
