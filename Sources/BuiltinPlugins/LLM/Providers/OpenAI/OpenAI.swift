// SPDX-License-Identifier: Apache-2.0

/// The API of OpenAI, which is also that of Azure, of Mistral's own format and of most self-hosted
/// servers.
package enum OpenAI {
  /// The path of an API, nil where the client's own path is kept.
  package static func path(of route: RouteType) -> String? {
    switch route {
    case .chat: "/v1/chat/completions"
    case .completions: "/v1/completions"
    case .embeddings: "/v1/embeddings"
    case .preserve: nil
    }
  }

  /// Whether a model refuses `max_tokens` and wants `max_completion_tokens`: the reasoning models,
  /// by the families that OpenAI documents.
  static func wantsMaxCompletionTokens(_ model: String) -> Bool {
    for family in ["o1", "o3", "o4", "gpt-5"] where model.hasPrefix(family) {
      let next = model.dropFirst(family.count).first
      if next == nil || next == "-" || next == "." { return true }
    }
    return false
  }
}
