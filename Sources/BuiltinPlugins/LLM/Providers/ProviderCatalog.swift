// SPDX-License-Identifier: Apache-2.0

/// The providers with an API of their own, by their names in Kong's configuration.
package enum ProviderCatalog {
  /// The provider; nil for names that are unknown, and for those that speak OpenAI's API.
  package static func provider(
    _ name: String, _ settings: ProviderSettings
  ) -> (any Provider)? {
    switch name {
    case "anthropic": Anthropic(settings)
    case "cohere": Cohere(settings)
    case "mistral" where settings.serverFormat != .ollama: Mistral()
    default: nil
    }
  }
}
