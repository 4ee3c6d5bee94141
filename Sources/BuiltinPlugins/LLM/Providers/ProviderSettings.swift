// SPDX-License-Identifier: Apache-2.0

/// Kong's `model.options` as far as a provider needs them, placeholders filled in.
package struct ProviderSettings: Equatable, Sendable {
  /// Where a Gemini model runs in Vertex. All of the first three, or none.
  package struct Gemini: Equatable, Sendable {
    /// `gemini.api_endpoint`: a host.
    package var apiEndpoint: String?
    /// `gemini.project_id`
    package var projectID: String?
    /// `gemini.location_id`
    package var locationID: String?
    /// `gemini.endpoint_id`: a deployed model.
    package var endpointID: String?

    /// The public API.
    package init() {}
  }

  /// How Bedrock is asked. Its credentials are the host's matter.
  package struct Bedrock: Equatable, Sendable {
    /// `bedrock.aws_region`
    package var region: String?
    /// `bedrock.performance_config_latency`
    package var performanceLatency: String?
    /// `bedrock.embeddings_normalize`
    package var normalisesEmbeddings = false

    /// The region of the host's environment.
    package init() {}
  }

  /// The formats of servers that one runs oneself.
  package enum ServerFormat: String, Equatable, Sendable, CaseIterable {
    /// OpenAI's.
    case openai
    /// Ollama's own.
    case ollama
    /// A prompt of Llama 2 for a server that only continues texts.
    case raw
  }

  /// `anthropic_version`
  package var anthropicVersion: String?
  /// `azure_instance`
  package var azureInstance: String?
  /// `azure_deployment_id`
  package var azureDeployment: String?
  /// `azure_api_version`
  package var azureAPIVersion: String?
  /// `llama2_format` or `mistral_format`
  package var serverFormat: ServerFormat?
  /// `embeddings_dimensions`
  package var embeddingsDimensions: Int?
  /// `gemini`
  package var gemini = Gemini()
  /// `bedrock`
  package var bedrock = Bedrock()
  /// `huggingface.use_cache`
  package var huggingFaceUsesCache: Bool?
  /// `huggingface.wait_for_model`
  package var huggingFaceWaitsForModel: Bool?
  /// `cohere.embedding_input_type`
  package var cohereInputType: String?
  /// `cohere.wait_for_model`
  package var cohereWaitsForModel: Bool?
  /// `dashscope.international`
  package var dashscopeIsInternational = true
  /// `databricks.workspace_instance_id`
  package var databricksWorkspace: String?
  /// The path of a configured `upstream_url` or `upstream_path`, by which a provider with several APIs knows which one
  /// is meant.
  package var configuredPath: String?

  /// Nothing set.
  package init() {}
}
