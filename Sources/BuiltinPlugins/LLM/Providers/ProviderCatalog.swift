// SPDX-License-Identifier: Apache-2.0

/// The providers with an API of their own, by their names in Kong's configuration.
package enum ProviderCatalog {
  /// The provider; nil for names that are unknown, and for those that speak OpenAI's API.
  package static func provider(
    _ name: String, _ settings: ProviderSettings
  ) -> (any Provider)? {
    switch name {
    case "anthropic": Anthropic(settings)
    case "gemini": Gemini(settings)
    case "bedrock": Bedrock(settings)
    case "cohere": Cohere(settings)
    case "mistral" where settings.serverFormat != .ollama: Mistral()
    case "huggingface": HuggingFace(settings)
    case "llama2" where settings.serverFormat == .ollama: Ollama(name: name, settings)
    case "llama2" where settings.serverFormat == .raw: Llama2()
    case "mistral" where settings.serverFormat == .ollama: Ollama(name: name, settings)
    default: nil
    }
  }
}
