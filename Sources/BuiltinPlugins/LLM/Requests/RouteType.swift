// SPDX-License-Identifier: Apache-2.0

/// The `route_type` of a plugin's configuration: which API a route offers.
package enum RouteType: String, Equatable, Sendable, Codable, CaseIterable {
  /// Conversations.
  case chat = "llm/v1/chat"
  /// Continuations of a text.
  case completions = "llm/v1/completions"
  /// Vectors of texts.
  case embeddings = "llm/v1/embeddings"
  /// Whatever the client sends, unchecked.
  case preserve
}

/// The `response_streaming` of a plugin's configuration.
package enum ResponseStreaming: String, Equatable, Sendable, Codable, CaseIterable {
  /// The client decides.
  case allow
  /// Every answer is streamed.
  case always
  /// No answer is streamed: a client that asks is refused.
  case deny
}
