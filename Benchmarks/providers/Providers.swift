// SPDX-License-Identifier: Apache-2.0

import LLM

/// The providers that are measured.
enum Providers {
  static let all: [any Provider] = names.compactMap { name in
    ProviderCatalog.provider(name, settings(of: name))
  }

  private static let names = [
    "anthropic", "bedrock", "cohere", "gemini", "huggingface", "llama2", "mistral",
  ]

  private static func settings(of name: String) -> ProviderSettings {
    var settings = ProviderSettings()
    settings.anthropicVersion = "2023-06-01"
    settings.bedrock.region = "eu-central-1"
    settings.serverFormat = name == "llama2" ? .ollama : .openai
    return settings
  }
}
