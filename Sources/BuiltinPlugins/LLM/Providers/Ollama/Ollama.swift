// SPDX-License-Identifier: Apache-2.0

/// Ollama's own API, which Kong knows as the `ollama` format of llama2 and mistral.
///
/// Written from its documentation and the types of its client (2026-11): `POST /api/chat`, `/api/generate`,
/// `/api/embed`; a stream is a JSON record in each line.
package struct Ollama: Provider {
  package let name: String
  package let makesEmbeddings = true
  private let dimensions: Int?

  /// The server under a provider's name, `llama2` or `mistral`.
  package init(name: String, _ settings: ProviderSettings) {
    self.name = name
    dimensions = settings.embeddingsDimensions
  }

  package var origin: String? { nil }

  package func request(
    _ chat: ChatRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    try OllamaRequest(chat, call).finished()
  }

  package func request(
    _ embeddings: EmbeddingRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    try OllamaEmbeddings.request(embeddings, call, dimensions: dimensions)
  }

  package func answer(
    _ body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> ChatResponse {
    do throws(JSONError) {
      _ = try JSONNode.validated(in: body)
      let record = try OllamaRecord(body)
      guard record.error == nil else { throw JSONError(.wrongType, at: 0) }
      return try record.answer(in: body)
    } catch {
      if let error = self.error(body, status: 500) { throw ProviderProblem(error) }
      throw .unreadable(name, "\(error)")
    }
  }

  package func answer(
    embeddings body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> EmbeddingResponse {
    try OllamaEmbeddings.answer(body, name, call)
  }

  package func error(_ body: RawSpan, status: Int) -> ChatError? {
    (try? ChatError(openAI: body))?.typed(byStatus: status)
  }

  /// A proxy in front may make events of the lines.
  package func framer(mediaType: String) -> StreamFramer {
    mediaType == "text/event-stream" ? .serverSentEvents(EventStreamFramer()) : .lines
  }

  package func events(_ call: ProviderCall) -> ProviderEvents { .ollama(OllamaEvents()) }

  /// An `upstream_url` without a path is the server: each API has its own path there.
  package func path(configured: String, _ request: ProviderRequest) -> String {
    configured.isEmpty || configured == "/" ? request.path : configured
  }
}
