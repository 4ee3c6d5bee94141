// SPDX-License-Identifier: Apache-2.0

/// A provider with an API of its own: how it is asked, and how its answers are understood.
///
/// A pure value made of a configuration's options. Requests come in the neutral forms of `Chat` and
/// `Embeddings`, and answers leave in them.
package protocol Provider: Sendable {
  /// Its name in Kong's configuration.
  var name: String { get }

  /// Its own address: scheme, host and, where it is not the scheme's own, port, such as `https://api.anthropic.com`.
  /// A configured `upstream_url` takes its place. Nil where only that can tell.
  var origin: String? { get }

  /// Whether it has an API for vectors.
  var makesEmbeddings: Bool { get }

  /// A chat, or a completion as a chat of one user message (``ProviderCall/route`` tells), in the
  /// provider's format.
  ///
  /// - Throws: what no translation can save; everything else is named as unsupported.
  func request(
    _ chat: ChatRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest

  /// A request for vectors, in the provider's format.
  func request(
    _ embeddings: EmbeddingRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest

  /// Reads a whole answer with the status 200.
  func answer(_ body: RawSpan, _ call: ProviderCall) throws(ProviderProblem) -> ChatResponse

  /// Reads an answer with vectors.
  func answer(
    embeddings body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> EmbeddingResponse

  /// Reads the body of any other status; nil if it is not in the provider's shape, such as a
  /// proxy's HTML page.
  func error(_ body: RawSpan, status: Int) -> ChatError?

  /// The headers of a whole answer that tell what it used, for a route; nil: its body does.
  func usageHeaders(_ route: RouteType) -> UsageHeaders?

  /// How a stream is cut into events, given its media type in lower case, without parameters; empty if it has none.
  func framer(mediaType: String) -> StreamFramer

  /// What reads the events of one stream.
  func events(_ call: ProviderCall) -> ProviderEvents

  /// The path behind an `upstream_url`, given that URL's. Kong takes it as it is; where the path
  /// names an operation, it must still follow the request's mode.
  func path(configured: String, _ request: ProviderRequest) -> String
}

extension Provider {
  package var makesEmbeddings: Bool { false }

  package func request(
    _ embeddings: EmbeddingRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    throw RequestProblem(message: "\(name) has no API for embeddings")
  }

  package func answer(
    embeddings body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> EmbeddingResponse {
    throw .unreadable(name, "it has no API for embeddings")
  }

  package func path(configured: String, _ request: ProviderRequest) -> String { configured }

  package func usageHeaders(_ route: RouteType) -> UsageHeaders? { nil }

  package func framer(mediaType: String) -> StreamFramer {
    .serverSentEvents(EventStreamFramer())
  }
}
