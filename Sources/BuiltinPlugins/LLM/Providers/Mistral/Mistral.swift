// SPDX-License-Identifier: Apache-2.0

/// Mistral's own API: OpenAI's format, but strict about it, and with ids, orders and names of its own.
package struct Mistral: Provider {
  package let name = "mistral"
  package let makesEmbeddings = true
  package var origin: String? { "https://api.mistral.ai" }

  /// The API, which has no options.
  package init() {}

  package func request(
    _ chat: ChatRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    var request = ProviderRequest(path: "/v1/chat/completions")
    var writer = MistralRequest(chat, call)
    request.body = writer.body()
    request.unsupported = writer.unsupported
    return request
  }

  package func request(
    _ embeddings: EmbeddingRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    guard let texts = embeddings.texts else {
      throw RequestProblem(message: "Mistral makes vectors of texts, not of tokens")
    }
    var request = ProviderRequest(path: "/v1/embeddings")
    var unsupported = embeddings.user == nil ? [] : ["user"]
    request.body =
      JSONText { writer in
        writer.object {
          $0.member("model", call.model)
          $0.key("input")
          $0.array { for text in texts { $0.string(text) } }
          $0.member("output_dimension", embeddings.dimensions)
          for field in embeddings.unknown where !field.isDefault {
            switch field.key {
            case "metadata", "output_dtype": $0.member(field.key, field.value)
            default: unsupported.append(field.key)
            }
          }
        }
      }.bytes
    request.unsupported = unsupported
    return request
  }

  package func answer(_ body: RawSpan, _ call: ProviderCall) throws(ProviderProblem) -> ChatResponse
  {
    var answer: ChatResponse
    do throws(JSONError) {
      answer = try ChatResponse(openAI: body)
      try answer.normaliseMistral()
    } catch {
      throw .unreadable(name, "\(error)")
    }
    guard !answer.choices.isEmpty else { throw .unreadable(name, "it has no choices") }
    if answer.choices.contains(where: { $0.finishReason == .other("error") }) {
      throw ProviderProblem(.stoppedWithError)
    }
    return answer.completed(for: call)
  }

  package func answer(
    embeddings body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> EmbeddingResponse {
    do throws(JSONError) {
      let root = try JSONNode.validated(in: body)
      guard let data = try root.member("data", in: body), data.kind == .array else {
        throw JSONError(.wrongType, at: root.start)
      }
      let vectors = try data.mapElements(in: body) { (element) throws(JSONError) in
        guard let vector = try element.member("embedding", in: body), vector.kind == .array else {
          throw JSONError(.wrongType, at: element.start)
        }
        return vector.text(in: body)
      }
      let usage = try root.member("usage", in: body)
      return EmbeddingResponse(
        model: try root.member("model", in: body)?.string(in: body) ?? call.model,
        vectors: vectors,
        usage: try usage.flatMap { (node) throws(JSONError) in
          try Usage(openAI: node, in: body)
        })
    } catch {
      throw .unreadable(name, "\(error)")
    }
  }

  package func error(_ body: RawSpan, status: Int) -> ChatError? {
    (try? ChatError(mistral: body))?.typed(byStatus: status)
  }

  package func events(_ call: ProviderCall) -> ProviderEvents { .openAI(OpenAIEvents()) }
}
