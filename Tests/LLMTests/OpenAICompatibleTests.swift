// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct OpenAICompatibleTests {
  private func provider(
    _ name: String, _ change: (inout ProviderSettings) -> Void = { _ in }
  ) throws -> OpenAICompatible {
    var settings = ProviderSettings()
    change(&settings)
    return try #require(OpenAICompatible.provider(name, settings))
  }

  static let places: [(String, String?, String, String?, String?)] = [
    (
      "openai", "https://api.openai.com", "/v1/chat/completions", "/v1/completions",
      "/v1/embeddings"
    ),
    ("cerebras", "https://api.cerebras.ai", "/v1/chat/completions", "/v1/completions", nil),
    (
      "dashscope", "https://dashscope-intl.aliyuncs.com", "/compatible-mode/v1/chat/completions",
      "/compatible-mode/v1/completions", "/compatible-mode/v1/embeddings"
    ),
    (
      "databricks", nil, "/serving-endpoints/chat/completions", "/serving-endpoints/completions",
      "/serving-endpoints/embeddings"
    ),
    ("deepseek", "https://api.deepseek.com", "/chat/completions", "/beta/completions", nil),
    ("ollama", nil, "/v1/chat/completions", "/v1/completions", "/v1/embeddings"),
    ("vllm", nil, "/v1/chat/completions", "/v1/completions", "/v1/embeddings"),
    ("xai", "https://api.x.ai", "/v1/chat/completions", nil, nil),
  ]

  @Test(arguments: places)
  func `each provider has its address`(
    name: String, origin: String?, chat: String, completions: String?, embeddings: String?
  ) throws {
    let provider = try provider(name)
    #expect(provider.name == name)
    #expect(provider.origin == origin)
    #expect(provider.path(of: .chat) == chat)
    #expect(provider.path(of: .completions) == completions)
    #expect(provider.path(of: .embeddings) == embeddings)
    #expect(provider.path(of: .preserve) == nil)
    #expect(provider.query.isEmpty)
  }

  @Test func `settings choose among addresses`() throws {
    #expect(
      try provider("dashscope") { $0.dashscopeIsInternational = false }.origin
        == "https://dashscope.aliyuncs.com")
    #expect(
      try provider("databricks") { $0.databricksWorkspace = "dbc-1" }.origin
        == "https://dbc-1.cloud.databricks.com")
    let azure = "adb-5.19.azuredatabricks.net"
    #expect(
      try provider("databricks") { $0.databricksWorkspace = azure }.origin == "https://" + azure)
    #expect(try provider("databricks") { $0.databricksWorkspace = "" }.origin == nil)
    #expect(try provider("llama2") { $0.serverFormat = .openai }.origin == nil)
  }

  @Test(arguments: ["anthropic", "llama2", "mistral", "", "OpenAI"])
  func `others do not speak it`(name: String) {
    #expect(OpenAICompatible.provider(name, ProviderSettings()) == nil)
  }

  @Test func `azure has deployments, an escaped segment, and versions`() throws {
    let azure = try provider("azure") {
      $0.azureInstance = "team"
      $0.azureDeployment = "../a b"
      $0.azureAPIVersion = "2024-10-21"
    }
    #expect(azure.origin == "https://team.openai.azure.com")
    #expect(azure.path(of: .chat) == "/openai/deployments/..%2Fa%20b/chat/completions")
    #expect(azure.path(of: .completions) == "/openai/deployments/..%2Fa%20b/completions")
    #expect(azure.path(of: .embeddings) == "/openai/deployments/..%2Fa%20b/embeddings")
    #expect(azure.query == [ProviderRequest.Field("api-version", "2024-10-21")])
    #expect(azure.following(clientVersion: nil) == azure)
    #expect(azure.following(clientVersion: "") == azure)
    #expect(
      azure.following(clientVersion: "2025-01-01-preview").query
        == [ProviderRequest.Field("api-version", "2025-01-01-preview")])
    #expect(try provider("openai").following(clientVersion: "2025-01-01").query.isEmpty)
  }

  @Test(arguments: [
    ("2023-05-15", false), ("2024-08-01-preview", false), ("2024-09-01-preview", true),
    ("2025-04-01-preview", true), ("preview", true), ("v1", true),
  ])
  func `azure tells usage in streams since a version`(version: String, isNew: Bool) throws {
    let azure = try provider("azure") { $0.azureAPIVersion = version }
    #expect(azure.quirks.streamUsage == (isNew ? .onRequest : .never))
    #expect(azure.quirks.lengthLimit == (isNew ? .byModel : .maxTokens))
    let old = try provider("azure").following(clientVersion: version)
    #expect(old.quirks == azure.quirks)
  }
}
