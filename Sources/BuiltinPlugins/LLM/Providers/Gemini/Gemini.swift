// SPDX-License-Identifier: Apache-2.0

/// Google's Gemini: the public API (https://ai.google.dev/api), or Vertex where a project is configured.
package struct Gemini: Provider {
  package let name = "gemini"
  package let makesEmbeddings = true
  let address: GeminiAddress

  package var origin: String? { address.origin }

  /// Gemini as it is configured.
  package init(_ settings: ProviderSettings) {
    address = GeminiAddress(settings.gemini)
  }

  package func request(
    _ chat: ChatRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    var notes = Unsupported()
    let conversation = try GeminiConversation(
      chat, model: call.model, isVertex: address.isVertex, &notes)
    let body = chat.geminiBody(
      conversation, model: call.model, isVertex: address.isVertex, &notes)
    let operation = call.isStreamed ? "streamGenerateContent" : "generateContent"
    var request = ProviderRequest(
      path: address.path(model: call.model, operation), body: body)
    if call.isStreamed { request.query = [ProviderRequest.Field("alt", "sse")] }
    request.unsupported = notes.places
    return request
  }

  package func path(configured: String, _ request: ProviderRequest) -> String {
    // No operation is at the root: a URL without a path says only where Google's API is.
    configured == "/"
      ? request.path : GeminiAddress.path(configured, withOperationOf: request.path)
  }

  /// Not every upstream knows `alt=sse`: Google's own answer without it is a JSON array.
  package func framer(mediaType: String) -> StreamFramer {
    mediaType.hasSuffix("json")
      ? .jsonArray(JSONArrayFramer()) : .serverSentEvents(EventStreamFramer())
  }

  package func events(_ call: ProviderCall) -> ProviderEvents { .gemini(GeminiEvents()) }

  package func error(_ body: RawSpan, status: Int) -> ChatError? {
    guard let root = try? JSONNode.validated(in: body) else { return nil }
    // What would have been streamed as an array fails as an array.
    let first = root.kind == .array ? try? root.element(0, in: body) : root
    guard let node = first, let error = try? node.member("error", in: body) else { return nil }
    return try? ChatError(gemini: error, in: body)
  }
}
