// SPDX-License-Identifier: Apache-2.0

/// Anthropic's Messages API, and for the models before it the Text Completions API.
package struct Anthropic: Provider {
  package let name = "anthropic"
  package let origin: String? = "https://api.anthropic.com"

  /// The version of the API that a configuration without one gets.
  package static let defaultVersion = "2023-06-01"
  /// From this version on, no model takes `temperature`, `top_p` or `top_k`.
  static let versionWithoutSampling = "2026-10-21"

  /// The version of the API, which each request names.
  let version: String
  /// The path that requests go to, where it is configured.
  private let configuredPath: String?

  /// The provider of a configuration.
  package init(_ settings: ProviderSettings) {
    version = settings.anthropicVersion ?? Self.defaultVersion
    configuredPath = settings.configuredPath
  }

  package func request(
    _ chat: ChatRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    usesTextCompletions(call)
      ? try textCompletion(chat, call) : try messagesRequest(chat, call)
  }

  package func answer(
    _ body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> ChatResponse {
    // An error is looked for in what is not validated yet: an answer of a megabyte is validated once.
    if let root = try? JSONNode(scanning: body),
      let error = try? ChatError(anthropic: root, in: body)
    {
      throw ProviderProblem(status: ChatError.status(anthropic: error.type), error)
    }
    do throws(JSONError) {
      return try ChatResponse(anthropic: JSONNode.validated(in: body), in: body, call)
    } catch {
      throw .unreadable(name, "\(error)")
    }
  }

  package func error(_ body: RawSpan, status: Int) -> ChatError? {
    guard let root = try? JSONNode.validated(in: body) else { return nil }
    return try? ChatError(anthropic: root, in: body)
  }

  package func events(_ call: ProviderCall) -> ProviderEvents { .anthropic(AnthropicEvents()) }

  /// Whether a call goes to the API of the models before messages, which only continues texts.
  private func usesTextCompletions(_ call: ProviderCall) -> Bool {
    guard call.route == .completions else { return false }
    if let configuredPath { return configuredPath.hasSuffix("/complete") }
    return AnthropicModel(call.model).knowsOnlyTexts
  }
}
