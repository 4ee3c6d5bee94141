// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

extension ModelRecord {
  /// Kong's `model.options`.
  package struct Options: Decodable, Sendable {
    /// `gemini`
    package struct Gemini: Decodable, Sendable {
      package var apiEndpoint: String?
      package var projectID: String?
      package var locationID: String?
      package var endpointID: String?

      enum CodingKeys: String, CodingKey {
        case apiEndpoint = "api_endpoint"
        case projectID = "project_id"
        case locationID = "location_id"
        case endpointID = "endpoint_id"
      }
    }

    /// `bedrock`
    package struct Bedrock: Decodable, Sendable {
      package var region: String?
      package var assumeRoleARN: String?
      package var roleSessionName: String?
      package var stsEndpointURL: String?
      package var performanceLatency: String?
      package var normalisesEmbeddings: Bool?

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
    package struct HuggingFace: Decodable, Sendable {
      package var usesCache: Bool?
      package var waitsForModel: Bool?

      enum CodingKeys: String, CodingKey {
        case usesCache = "use_cache"
        case waitsForModel = "wait_for_model"
      }
    }

    /// `cohere`
    package struct Cohere: Decodable, Sendable {
      package var inputType: String?
      package var waitsForModel: Bool?

      enum CodingKeys: String, CodingKey {
        case inputType = "embedding_input_type"
        case waitsForModel = "wait_for_model"
      }
    }

    /// `dashscope`
    package struct Dashscope: Decodable, Sendable {
      package var isInternational: Bool?

      enum CodingKeys: String, CodingKey { case isInternational = "international" }
    }

    /// `databricks`
    package struct Databricks: Decodable, Sendable {
      package var workspace: String?

      enum CodingKeys: String, CodingKey { case workspace = "workspace_instance_id" }
    }

    package var maxTokens: Int?
    package var temperature: JSONValue?
    package var topP: JSONValue?
    package var topK: Int?
    package var upstreamURL: String?
    package var upstreamPath: String?
    package var embeddingsDimensions: Int?
    package var anthropicVersion: String?
    package var azureInstance: String?
    package var azureDeployment: String?
    package var azureAPIVersion: String?
    package var llama2Format: String?
    package var mistralFormat: String?
    package var gemini: Gemini?
    package var bedrock: Bedrock?
    package var huggingFace: HuggingFace?
    package var cohere: Cohere?
    package var dashscope: Dashscope?
    package var databricks: Databricks?

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
