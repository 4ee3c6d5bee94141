// SPDX-License-Identifier: Apache-2.0

import PluginSDK

extension ModelRecord {
  /// Kong's `model.options`.
  struct Options: Decodable, Sendable {
    /// `gemini`
    struct Gemini: Decodable, Sendable {
      var apiEndpoint: String?
      var projectID: String?
      var locationID: String?
      var endpointID: String?

      enum CodingKeys: String, CodingKey {
        case apiEndpoint = "api_endpoint"
        case projectID = "project_id"
        case locationID = "location_id"
        case endpointID = "endpoint_id"
      }
    }

    /// `bedrock`
    struct Bedrock: Decodable, Sendable {
      var region: String?
      var assumeRoleARN: String?
      var roleSessionName: String?
      var stsEndpointURL: String?
      var performanceLatency: String?
      var normalisesEmbeddings: Bool?

      enum CodingKeys: String, CodingKey {
        case region = "aws_region"
        case assumeRoleARN = "aws_assume_role_arn"
        case roleSessionName = "aws_role_session_name"
        case stsEndpointURL = "aws_sts_endpoint_url"
        case performanceLatency = "performance_config_latency"
        case normalisesEmbeddings = "embeddings_normalize"
      }
    }

    /// `huggingface`
    struct HuggingFace: Decodable, Sendable {
      var usesCache: Bool?
      var waitsForModel: Bool?

      enum CodingKeys: String, CodingKey {
        case usesCache = "use_cache"
        case waitsForModel = "wait_for_model"
      }
    }

    /// `cohere`
    struct Cohere: Decodable, Sendable {
      var inputType: String?
      var waitsForModel: Bool?

      enum CodingKeys: String, CodingKey {
        case inputType = "embedding_input_type"
        case waitsForModel = "wait_for_model"
      }
    }

    /// `dashscope`
    struct Dashscope: Decodable, Sendable {
      var isInternational: Bool?

      enum CodingKeys: String, CodingKey { case isInternational = "international" }
    }

    /// `databricks`
    struct Databricks: Decodable, Sendable {
      var workspace: String?

      enum CodingKeys: String, CodingKey { case workspace = "workspace_instance_id" }
    }

    var maxTokens: Int?
    var temperature: JSONValue?
    var topP: JSONValue?
    var topK: Int?
    var upstreamURL: String?
    var upstreamPath: String?
    var embeddingsDimensions: Int?
    var anthropicVersion: String?
    var azureInstance: String?
    var azureDeployment: String?
    var azureAPIVersion: String?
    var llama2Format: String?
    var mistralFormat: String?
    var gemini: Gemini?
    var bedrock: Bedrock?
    var huggingFace: HuggingFace?
    var cohere: Cohere?
    var dashscope: Dashscope?
    var databricks: Databricks?

    enum CodingKeys: String, CodingKey {
      case maxTokens = "max_tokens"
      case temperature
      case topP = "top_p"
      case topK = "top_k"
      case upstreamURL = "upstream_url"
      case upstreamPath = "upstream_path"
      case embeddingsDimensions = "embeddings_dimensions"
      case anthropicVersion = "anthropic_version"
      case azureInstance = "azure_instance"
      case azureDeployment = "azure_deployment_id"
      case azureAPIVersion = "azure_api_version"
      case llama2Format = "llama2_format"
      case mistralFormat = "mistral_format"
      case gemini, bedrock
      case huggingFace = "huggingface"
      case cohere, dashscope, databricks
    }
  }
}
