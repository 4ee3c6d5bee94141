// SPDX-License-Identifier: Apache-2.0

package import LLM
import PluginSDK

/// Who answers, and what becomes of a client's words on the way.
package enum Backend: Sendable {
  /// OpenAI's API on both sides: bodies are edited where they must be, and streams pass.
  case openAI(OpenAICompatible)
  /// A provider with an API of its own: bodies and streams are translated.
  case translated(any Provider)
  /// The client speaks the provider's own API: bodies and streams pass, and are read.
  case native(any NativeFormat)

  /// The backend of a provider by its name; nil if there is no such provider.
  ///
  /// - Parameter llmFormat: Kong's `llm_format`: what clients speak.
  package init?(provider name: String, llmFormat: String = "openai", _ settings: ProviderSettings) {
    if let compatible = OpenAICompatible.provider(name, settings) {
      self = .openAI(compatible)
    } else if let provider = ProviderCatalog.provider(name, settings) {
      if llmFormat != "openai", let native = provider as? any NativeFormat {
        self = .native(native)
      } else {
        self = .translated(provider)
      }
    } else {
      return nil
    }
  }

  /// The provider's own address; nil where only the configuration can tell one.
  package var address: UpstreamAddress? {
    let origin =
      switch self {
      case .openAI(let compatible): compatible.origin
      case .translated(let provider): provider.origin
      case .native(let provider): provider.origin
      }
    return origin.flatMap { UpstreamAddress(url: $0) }
  }

  /// Whether the provider has an API of a kind.
  package func offers(_ route: RouteType) -> Bool {
    switch self {
    case .openAI(let provider): route == .preserve || provider.path(of: route) != nil
    case .translated(let provider): route != .embeddings || provider.makesEmbeddings
    case .native: true
    }
  }
}

extension Backend {
  /// The backend of a config's model.
  ///
  /// - Throws: `ConfigError` where there is no such provider, or no address, or no API of the kind.
  package init(
    _ model: ModelRecord, _ settings: ProviderSettings, for route: RouteType,
    llmFormat: String = "openai"
  ) throws {
    guard let backend = Backend(provider: model.provider, llmFormat: llmFormat, settings) else {
      throw ConfigError("/model/provider", "there is no such provider")
    }
    guard backend.address != nil || model.options?.upstreamURL != nil else {
      throw ConfigError(
        "/model/options/upstream_url",
        "must set 'model.options.upstream_url' for self-hosted providers/models")
    }
    guard backend.offers(route) || model.options?.upstreamURL != nil else {
      throw ConfigError(
        "/route_type", "provider '\(model.provider)' does not offer \(route.rawValue)")
    }
    self = backend
  }
}
