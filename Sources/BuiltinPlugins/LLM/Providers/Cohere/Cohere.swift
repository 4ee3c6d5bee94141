// SPDX-License-Identifier: Apache-2.0

/// Cohere's API: version 2 unless a configured path asks for version 1.
///
/// Which of its operations is called follows from the path of the configured `upstream_url` or `upstream_path`, and
/// without one from the route: `/v2/chat` for chats, `/v1/generate` for completions, as in Kong from 3.14 on, and
/// `/v2/embed` for vectors. Answers tell themselves which operation they are of.
package struct Cohere: Provider {
  package let name = "cohere"
  package let makesEmbeddings = true
  package var origin: String? { "https://api.cohere.com" }
  private let settings: ProviderSettings

  /// The API with a configuration's options.
  package init(_ settings: ProviderSettings) {
    self.settings = settings
  }

  package func request(
    _ chat: ChatRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    switch CohereOperation(configuredPath: settings.configuredPath, route: call.route) {
    case .generate:
      var writer = CohereGenerateRequest(chat, call)
      let body = try writer.body()
      return request(.generate, body, writer.unsupported)
    case .chatV1:
      var writer = CohereV1Request(chat, call)
      let body = try writer.body()
      return request(.chatV1, body, writer.unsupported)
    case .chat, .embed, .embedV1:
      var writer = CohereRequest(chat, call)
      let body = writer.body()
      return request(.chat, body, writer.unsupported)
    }
  }

  package func request(
    _ embeddings: EmbeddingRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    let operation = CohereOperation(
      configuredPath: settings.configuredPath, route: .embeddings)
    var writer = CohereEmbeddingRequest(embeddings, call, settings, operation)
    let body = try writer.body()
    return request(operation, body, writer.unsupported)
  }

  private func request(
    _ operation: CohereOperation, _ body: [UInt8], _ unsupported: [String]
  ) -> ProviderRequest {
    var request = ProviderRequest(path: operation.rawValue, body: body)
    request.unsupported = unsupported
    return request
  }

  package func answer(_ body: RawSpan, _ call: ProviderCall) throws(ProviderProblem) -> ChatResponse
  {
    let answer: ChatResponse
    do throws(JSONError) {
      answer = try ChatResponse(cohere: body)
    } catch {
      throw .unreadable(name, "\(error)")
    }
    // An answer that failed half way has a good status all the same.
    if answer.choices.contains(where: { $0.finishReason == .other("ERROR") }) {
      throw ProviderProblem(.stoppedWithError)
    }
    return answer.completed(for: call)
  }

  package func answer(
    embeddings body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> EmbeddingResponse {
    do throws(JSONError) {
      return try EmbeddingResponse(cohere: body, model: call.model)
    } catch {
      throw .unreadable(name, "\(error)")
    }
  }

  /// `{"id": …, "message": …}`, in which only the status says what kind of an error it is.
  package func error(_ body: RawSpan, status: Int) -> ChatError? {
    guard let root = try? JSONNode.validated(in: body),
      let message = try? root.member("message", in: body)?.string(in: body)
    else { return nil }
    return ChatError(message: message).typed(byStatus: status)
  }

  package func framer(mediaType: String) -> StreamFramer {
    switch mediaType {
    case "application/stream+json", "application/x-ndjson": .lines
    default: .serverSentEvents(EventStreamFramer())
    }
  }

  package func events(_ call: ProviderCall) -> ProviderEvents { .cohere(CohereEvents()) }
}

/// Cohere's operations that the gateway translates to, by their paths.
enum CohereOperation: String {
  case chat = "/v2/chat"
  case chatV1 = "/v1/chat"
  case generate = "/v1/generate"
  case embed = "/v2/embed"
  case embedV1 = "/v1/embed"

  /// The operation that a configuration means.
  init(configuredPath: String?, route: RouteType) {
    guard let path = configuredPath, !path.allSatisfy({ $0 == "/" }) else {
      switch route {
      case .completions: self = .generate
      case .embeddings: self = .embed
      case .chat, .preserve: self = .chat
      }
      return
    }
    let segments = path.split(separator: "/")
    let isOld = segments.contains("v1")
    if route == .embeddings {
      self = isOld ? .embedV1 : .embed
    } else if segments.last == "generate" {
      self = .generate
    } else {
      self = isOld ? .chatV1 : .chat
    }
  }
}
