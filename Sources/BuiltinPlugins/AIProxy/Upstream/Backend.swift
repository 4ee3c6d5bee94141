// SPDX-License-Identifier: Apache-2.0

import LLM

/// Who answers, and what becomes of a client's words on the way.
enum Backend: Sendable {
  /// OpenAI's API on both sides: bodies are edited where they must be, and streams pass.
  case openAI
  /// A provider with an API of its own: bodies and streams are translated.
  case translated(any Provider)
  /// The client speaks the provider's own API: bodies and streams pass, and are read.
  case native(any NativeFormat)

  /// The backend of a configuration.
  init(_ config: ProxyConfig, _ settings: ProviderSettings) {
    guard let provider = ProviderCatalog.provider(config.model.provider, settings) else {
      self = .openAI
      return
    }
    if config.llmFormat != "openai", let native = provider as? any NativeFormat {
      self = .native(native)
    } else {
      self = .translated(provider)
    }
  }

  /// The provider's own address.
  var address: UpstreamAddress {
    switch self {
    case .openAI: .openAI
    case .translated(let provider): UpstreamAddress(url: provider.origin) ?? .openAI
    case .native(let provider): UpstreamAddress(url: provider.origin) ?? .openAI
    }
  }

  /// Whether there is such a provider.
  static func isSupported(_ provider: String) -> Bool {
    provider == "openai" || ProviderCatalog.provider(provider, ProviderSettings()) != nil
  }

  /// Whether clients may speak this API.
  static func isSupported(format: String) -> Bool {
    format == "openai"
      || ProviderCatalog.provider(format, ProviderSettings()) is any NativeFormat
  }
}
