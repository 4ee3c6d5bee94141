// SPDX-License-Identifier: Apache-2.0

extension Gemini {
  package func request(
    _ embeddings: EmbeddingRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    guard let texts = embeddings.texts else {
      throw RequestProblem(
        message: "input: this provider takes texts, not tokens", parameter: "input")
    }
    guard !texts.isEmpty else {
      throw RequestProblem(message: "input: there is nothing in it", parameter: "input")
    }
    let operation = operation(forTexts: texts.count, of: call.model)
    var request = ProviderRequest(path: address.path(model: call.model, operation.rawValue))
    var writer = JSONWriter()
    switch operation {
    case .predict: writer.instances(texts, embeddings)
    case .embedContent: writer.vertexContent(texts[0], embeddings)
    case .batchEmbedContents:
      writer.object {
        $0.key("requests")
        $0.array { writer in
          for text in texts {
            if address.isVertex {
              writer.vertexContent(text, embeddings)
            } else {
              writer.publicContent(text, GeminiAddress.bare(call.model), embeddings)
            }
          }
        }
      }
    }
    request.body = writer.bytes
    if embeddings.user != nil { request.unsupported.append("user") }
    request.unsupported += embeddings.unknown.map(\.key).filter { !TaskOption.names.contains($0) }
    return request
  }

  private enum Operation: String {
    case predict
    case embedContent
    case batchEmbedContents
  }

  /// Vertex knows the older models by `predict`. Of `gemini-embedding-001` that takes one text at a time, and later
  /// models do not have it.
  private func operation(forTexts count: Int, of model: String) -> Operation {
    guard address.isVertex else { return .batchEmbedContents }
    let model = GeminiAddress.bare(model)
    guard model.hasPrefix("gemini-") else { return .predict }
    if count > 1 { return .batchEmbedContents }
    return model.hasPrefix("gemini-embedding-001") ? .predict : .embedContent
  }

  package func answer(
    embeddings body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> EmbeddingResponse {
    do throws(JSONError) {
      let root = try JSONNode.validated(in: body)
      if let answer = try EmbeddingResponse(gemini: root, in: body, model: call.model) {
        return answer
      }
    } catch {
      throw .unreadable(name, "\(error)")
    }
    throw .unreadable(name, "it has no embeddings")
  }
}

extension EmbeddingResponse {
  /// Any of the three answers: `embedding`, `embeddings`, or `predictions` with statistics of their own.
  fileprivate init?(
    gemini root: JSONNode, in body: RawSpan, model: String
  ) throws(JSONError) {
    self.init(model: model, vectors: [])
    if let predictions = try root.member("predictions", in: body) {
      var tokens = 0
      var elements = JSONElements(of: predictions)
      while let element = try elements.next(in: body) {
        let values = try element.value(at: ["embeddings", "values"], in: body)
        guard let values else { return nil }
        vectors.append(values.text(in: body))
        let count = try element.value(at: ["embeddings", "statistics", "token_count"], in: body)
        tokens &+= max(0, count?.integer(in: body) ?? 0)
      }
      if tokens > 0 { usage = Usage(promptTokens: tokens, completionTokens: 0) }
    } else {
      let one = try root.member("embedding", in: body)
      let list = try root.member("embeddings", in: body)
      let nodes = try list?.mapElements(in: body) { $0 } ?? one.map { [$0] } ?? []
      for node in nodes {
        guard let values = try node.member("values", in: body) else { return nil }
        vectors.append(values.text(in: body))
      }
      if let reported = try root.member("usageMetadata", in: body) {
        usage = try Usage(gemini: reported, in: body)
      }
    }
    if vectors.isEmpty { return nil }
  }
}

/// What a vector is for, in the words of Gemini's two APIs. A client may use either.
private enum TaskOption {
  static let names: Set<String> = ["task_type", "taskType", "title"]

  static func type(_ request: EmbeddingRequest) -> JSONText? {
    request.unknown.last { $0.key == "task_type" || $0.key == "taskType" }?.value
  }

  static func title(_ request: EmbeddingRequest) -> JSONText? {
    request.unknown.last { $0.key == "title" }?.value
  }
}

extension JSONWriter {
  fileprivate mutating func instances(_ texts: [String], _ request: EmbeddingRequest) {
    object {
      $0.key("instances")
      $0.array { writer in
        for text in texts {
          writer.object {
            $0.member("content", text)
            $0.member("task_type", TaskOption.type(request))
            $0.member("title", TaskOption.title(request))
          }
        }
      }
      guard let dimensions = request.dimensions else { return }
      $0.key("parameters")
      $0.object { $0.member("outputDimensionality", dimensions) }
    }
  }

  fileprivate mutating func publicContent(
    _ text: String, _ model: String, _ request: EmbeddingRequest
  ) {
    object {
      $0.member("model", "models/\(model)")
      $0.content(text)
      $0.options(request)
    }
  }

  fileprivate mutating func vertexContent(_ text: String, _ request: EmbeddingRequest) {
    object {
      $0.content(text)
      let isPlain =
        request.dimensions == nil && TaskOption.type(request) == nil
        && TaskOption.title(request) == nil
      if !isPlain {
        $0.key("embedContentConfig")
        $0.object { $0.options(request) }
      }
    }
  }

  private mutating func content(_ text: String) {
    key("content")
    object {
      $0.key("parts")
      $0.array { $0.object { $0.member("text", text) } }
    }
  }

  private mutating func options(_ request: EmbeddingRequest) {
    member("taskType", TaskOption.type(request))
    member("title", TaskOption.title(request))
    member("outputDimensionality", request.dimensions)
  }
}
