// SPDX-License-Identifier: Apache-2.0

/// `POST /api/embed`
enum OllamaEmbeddings {
  static func request(
    _ asked: EmbeddingRequest, _ call: ProviderCall, dimensions: Int?
  ) throws(RequestProblem) -> ProviderRequest {
    guard let texts = asked.texts else {
      throw RequestProblem(message: "input: Ollama takes texts, not tokens")
    }
    var unsupported: [String] = asked.user == nil ? [] : ["user"]
    let body = JSONText { writer in
      writer.object {
        $0.member("model", call.model)
        $0.key("input")
        $0.array { for text in texts { $0.string(text) } }
        $0.member("dimensions", dimensions ?? asked.dimensions)
        for field in asked.unknown {
          if ["truncate", "keep_alive"].contains(field.key) {
            $0.member(field.key, field.value)
          } else if !field.isDefault {
            unsupported.append(field.key)
          }
        }
      }
    }
    var request = ProviderRequest(path: "/api/embed", body: body.bytes)
    request.unsupported = unsupported
    return request
  }

  static func answer(
    _ body: RawSpan, _ name: String, _ call: ProviderCall
  ) throws(ProviderProblem) -> EmbeddingResponse {
    do throws(JSONError) {
      let root = try JSONNode.validated(in: body)
      guard let vectors = try root.member("embeddings", in: body), vectors.kind == .array else {
        throw JSONError(.wrongType, at: 0)
      }
      let model = try root.member("model", in: body)?.string(in: body)
      let tokens = try root.member("prompt_eval_count", in: body)?.integer(in: body)
      return EmbeddingResponse(
        model: model ?? call.model,
        vectors: try vectors.mapElements(in: body) { $0.text(in: body) },
        usage: tokens.map { Usage(promptTokens: $0, completionTokens: 0) })
    } catch {
      throw .unreadable(name, "\(error)")
    }
  }
}
