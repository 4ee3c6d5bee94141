// SPDX-License-Identifier: Apache-2.0

/// Hugging Face: its router (`https://router.huggingface.co`), or a server of one's own behind an `upstream_url`: Text
/// Generation Inference, Text Embeddings Inference, and whatever speaks OpenAI's API there.
///
/// Written from the router's documentation, TGI's OpenAPI file and the sources of `huggingface_hub` (2026-11). Chats go
/// to `/v1/chat/completions`; texts to continue to the model's own address, in TGI's format; vectors come from its
/// `feature-extraction`.
package struct HuggingFace: Provider {
  package let name = "huggingface"
  package let makesEmbeddings = true
  private let settings: ProviderSettings

  /// The router, or what the settings say.
  package init(_ settings: ProviderSettings) { self.settings = settings }

  package var origin: String? { "https://router.huggingface.co" }

  package func request(
    _ chat: ChatRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    var request: ProviderRequest
    if call.route == .chat {
      request = ProviderRequest(path: "/v1/chat/completions")
      request.body = HuggingFaceChat.body(chat, call, isHosted: isHosted)
    } else if configuredPath.hasSuffix("/completions") {
      request = ProviderRequest(path: "/v1/completions")
      (request.body, request.unsupported) = HuggingFaceCompletion.body(chat, call)
    } else {
      let asked = TextGenerationRequest(inputs: chat.messages.last?.text ?? "", chat, call)
      request = ProviderRequest(
        path: isHosted ? try modelPath(call.model) : Self.generate(call))
      request.body = asked.body
      request.unsupported = asked.unsupported
    }
    request.headers = headers
    return request
  }

  package func request(
    _ embeddings: EmbeddingRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    let path = isHosted ? try modelPath(call.model) + "/pipeline/feature-extraction" : "/embed"
    var request = ProviderRequest(path: path)
    (request.body, request.unsupported) = try HuggingFaceEmbeddings.body(
      embeddings, call, dimensions: settings.embeddingsDimensions,
      isOpenAI: configuredPath.hasSuffix("/embeddings"))
    request.headers = headers
    return request
  }

  package func answer(
    _ body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> ChatResponse {
    do throws(JSONError) {
      let root = try JSONNode.validated(in: body)
      return try root.member("choices", in: body) == nil
        ? ChatResponse(textGeneration: root, in: body)
        : ChatResponse(huggingFace: root, in: body)
    } catch {
      if let error = self.error(body, status: 500) { throw ProviderProblem(error) }
      throw .unreadable(name, "\(error)")
    }
  }

  package func answer(
    embeddings body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> EmbeddingResponse {
    do throws(JSONError) {
      return try HuggingFaceEmbeddings.answer(body, call)
    } catch {
      throw .unreadable(name, "\(error)")
    }
  }

  package func error(_ body: RawSpan, status: Int) -> ChatError? {
    ChatError(huggingFace: body, status: status)
  }

  package func usageHeaders(_ route: RouteType) -> UsageHeaders? {
    route == .embeddings ? UsageHeaders(prompt: "x-compute-tokens") : .textGeneration
  }

  package func events(_ call: ProviderCall) -> ProviderEvents {
    .textGeneration(TextGenerationEvents())
  }

  /// A configured address is a server's, or that of one of its APIs.
  package func path(configured: String, _ request: ProviderRequest) -> String {
    if request.path == "/v1/chat/completions" { return Self.chatPath(configured) }
    return Self.generationPath(configured, request.path)
  }

  // MARK: -

  /// Whether the router is asked.
  private var isHosted: Bool { settings.configuredPath == nil }

  private var configuredPath: String { settings.configuredPath ?? "" }

  /// What the router's own inference is told of waiting and of its cache.
  private var headers: [ProviderRequest.Field] {
    var headers: [ProviderRequest.Field] = []
    if let uses = settings.huggingFaceUsesCache {
      headers.append(ProviderRequest.Field("x-use-cache", "\(uses)"))
    }
    if let waits = settings.huggingFaceWaitsForModel {
      headers.append(ProviderRequest.Field("x-wait-for-model", "\(waits)"))
    }
    return headers
  }

  /// The address of a model, `OWNER/NAME` or `NAME`, at Hugging Face's own inference.
  private func modelPath(_ model: String) throws(RequestProblem) -> String {
    let parts = model.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
      throw RequestProblem(message: "model: Hugging Face has models named OWNER/NAME")
    }
    let escaped = parts.map { PathSegment.escaped(String($0)) }
    return "/hf-inference/models/\(escaped.joined(separator: "/"))"
  }
}

extension HuggingFace {
  /// TGI's path for a mode.
  static func generate(_ call: ProviderCall) -> String {
    call.isStreamed ? "/generate_stream" : "/generate"
  }

  /// The path of chats behind a configured one, by the rules of `huggingface_hub`.
  static func chatPath(_ configured: String) -> String {
    var path = configured[...]
    while path.hasSuffix("/") { path.removeLast() }
    if path.hasSuffix("/chat/completions") { return String(path) }
    return path + (path.hasSuffix("/v1") ? "/chat/completions" : "/v1/chat/completions")
  }

  /// A configured path, in which TGI's two operations follow the mode.
  static func generationPath(_ configured: String, _ operation: String) -> String {
    guard operation == "/generate" || operation == "/generate_stream" else { return configured }
    for known in ["/generate", "/generate_stream"] where configured.hasSuffix(known) {
      return configured.dropLast(known.utf8.count) + operation
    }
    return configured
  }
}
