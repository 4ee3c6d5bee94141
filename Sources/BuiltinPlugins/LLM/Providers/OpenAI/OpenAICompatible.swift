// SPDX-License-Identifier: Apache-2.0

/// A provider that speaks OpenAI's API: where it is and how it differs. Requests keep their bytes
/// but for a few splices, answers keep all of theirs.
package struct OpenAICompatible: Equatable, Sendable {
  /// Its name in Kong's configuration.
  package var name: String
  /// Scheme, host and port; nil where only the configuration can tell, by `upstream_url`.
  package var origin: String?
  /// Parameters of the query. One that the client sends itself wins.
  package var query: [ProviderRequest.Field] = []
  /// How requests must differ.
  package var quirks = OpenAIQuirks()

  private var chat: String
  private var completions: String?
  private var embeddings: String?

  private init(
    _ name: String, _ origin: String?, chat: String = "/v1/chat/completions",
    completions: String? = nil, embeddings: String? = nil,
    _ differ: (inout OpenAIQuirks) -> Void = { _ in }
  ) {
    self.name = name
    self.origin = origin
    self.chat = chat
    self.completions = completions
    self.embeddings = embeddings
    differ(&quirks)
  }

  /// Azure, under the path of a deployment.
  init(azure origin: String?, root: String) {
    self.init(
      "azure", origin, chat: root + "/chat/completions", completions: root + "/completions",
      embeddings: root + "/embeddings")
  }

  /// The path of an API; nil if the provider has none, and on a route that keeps the client's path.
  package func path(of route: RouteType) -> String? {
    switch route {
    case .chat: chat
    case .completions: completions
    case .embeddings: embeddings
    case .preserve: nil
    }
  }
}

extension OpenAICompatible {
  /// The provider; nil for those that do not speak OpenAI's API.
  package static func provider(
    _ name: String, _ settings: ProviderSettings
  ) -> OpenAICompatible? {
    switch name {
    case "openai": openAI
    case "azure": azure(settings)
    case "cerebras": cerebras
    case "dashscope": dashScope(isInternational: settings.dashscopeIsInternational)
    case "databricks": databricks(workspace: settings.databricksWorkspace)
    case "deepseek": deepSeek
    case "llama2" where settings.serverFormat == .openai: selfHosted("llama2", .maxTokens)
    case "ollama": ollama
    case "vllm": selfHosted("vllm", .eitherName)
    case "xai": xAI
    default: nil
    }
  }

  private static let openAI = OpenAICompatible(
    "openai", "https://api.openai.com", completions: "/v1/completions",
    embeddings: "/v1/embeddings")

  private static let cerebras = OpenAICompatible(
    "cerebras", "https://api.cerebras.ai", completions: "/v1/completions"
  ) {
    $0.lengthLimit = .eitherName
    $0.hasOwnStreamErrors = true
    $0.refused = [
      "frequency_penalty", "logit_bias", "parallel_tool_calls", "presence_penalty", "service_tier",
    ]
  }

  private static func dashScope(isInternational: Bool) -> OpenAICompatible {
    OpenAICompatible(
      "dashscope",
      isInternational ? "https://dashscope-intl.aliyuncs.com" : "https://dashscope.aliyuncs.com",
      chat: "/compatible-mode/v1/chat/completions",
      completions: "/compatible-mode/v1/completions",
      embeddings: "/compatible-mode/v1/embeddings"
    ) {
      $0.lengthLimit = .maxTokens
      $0.takesTopK = true
      $0.takesDeveloperRole = false
      $0.disregarded = openAIsAlone + ["frequency_penalty", "logit_bias", "user"]
    }
  }

  private static func databricks(workspace: String?) -> OpenAICompatible {
    let root = "/serving-endpoints"
    return OpenAICompatible(
      "databricks", workspace.flatMap { $0.isEmpty ? nil : databricksOrigin($0) },
      chat: root + "/chat/completions", completions: root + "/completions",
      embeddings: root + "/embeddings"
    ) {
      $0.lengthLimit = .maxTokens
      $0.streamUsage = .always
      $0.hasOwnStreamErrors = true
      $0.takesTopK = true
      $0.takesDeveloperRole = false
    }
  }

  /// An instance's name is a host, on some clouds under another domain, or only its first label.
  private static func databricksOrigin(_ workspace: String) -> String {
    let host = workspace.contains(".") ? workspace : workspace + ".cloud.databricks.com"
    return "https://" + host
  }

  private static let deepSeek = OpenAICompatible(
    "deepseek", "https://api.deepseek.com", chat: "/chat/completions",
    completions: "/beta/completions"
  ) {
    $0.lengthLimit = .maxTokens
    $0.takesDeveloperRole = false
    $0.takesJSONSchema = false
    $0.disregarded =
      openAIsAlone + ["logit_bias", "n", "parallel_tool_calls", "seed", "user"]
  }

  private static let ollama: OpenAICompatible = {
    var ollama = selfHosted("ollama", .maxTokens)
    ollama.quirks.takesTopK = false
    ollama.quirks.disregarded =
      openAIsAlone + ["logit_bias", "n", "parallel_tool_calls", "tool_choice", "user"]
    return ollama
  }()

  private static let xAI = OpenAICompatible("xai", "https://api.x.ai") {
    $0.lengthLimit = .eitherName
    $0.hasOwnStreamErrors = true
    $0.takesDeveloperRole = false
    $0.disregarded = openAIsAlone + ["logit_bias"]
  }

  /// A server that one runs oneself, whose address only the configuration knows.
  private static func selfHosted(
    _ name: String, _ lengthLimit: OpenAIQuirks.LengthLimit
  ) -> OpenAICompatible {
    OpenAICompatible(
      name, nil, completions: "/v1/completions", embeddings: "/v1/embeddings"
    ) {
      $0.lengthLimit = lengthLimit
      $0.hasOwnStreamErrors = true
      $0.takesTopK = true
      // vLLM hands each role to the model's own template; others know the older ones only.
      $0.takesDeveloperRole = name == "vllm"
      $0.disregarded = openAIsAlone
    }
  }

  /// What only OpenAI's own platform has.
  private static let openAIsAlone = [
    "audio", "metadata", "modalities", "moderation", "prediction", "prompt_cache_key",
    "prompt_cache_retention", "safety_identifier", "service_tier", "store", "verbosity",
    "web_search_options",
  ]
}
