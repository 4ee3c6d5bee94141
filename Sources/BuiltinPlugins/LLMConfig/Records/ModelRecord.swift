// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PluginSDK

/// Kong's `model` record: whose model, which one, and what is always asked of it.
package struct ModelRecord: Decodable, Sendable {
  package var provider: String
  package var name: String?
  package var alias: String?
  package var options: Options?
  package var prices: TokenPrices?

  enum CodingKeys: String, CodingKey {
    case provider, name, options
    case alias = "model_alias"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    provider = try container.decode(String.self, forKey: .provider)
    name = try container.decodeIfPresent(String.self, forKey: .name)
    alias = try container.decodeIfPresent(String.self, forKey: .alias)
    options = try container.decodeIfPresent(Options.self, forKey: .options)
    // The prices lie among the other options.
    prices = try container.decodeIfPresent(PriceOptions.self, forKey: .options)?.prices
  }

  /// The providers of Kong 3.14.
  package static let providers: [JSONValue] = [
    "anthropic", "azure", "bedrock", "cerebras", "cohere", "dashscope", "databricks", "deepseek",
    "gemini", "huggingface", "llama2", "mistral", "ollama", "openai", "vllm", "xai",
  ]

  package static let schema = ConfigType.record(
    [
      "provider": .string.required.oneOf(providers),
      "name": .string,
      "model_alias": .string,
      "options": .record(options, checks: [geminiPlace]),
    ],
    checks: providerChecks
  ).required

  private static let options: ConfigFields =
    PriceOptions.schema + [
      "max_tokens": .integer,
      "temperature": .number.between(0, 5),
      "top_p": .number.between(0, 1),
      "top_k": .integer.between(0, 500),
      "embeddings_dimensions": .integer.greaterThan(0),
      "anthropic_version": .string,
      "azure_instance": .string,
      "azure_api_version": .string.default("2023-05-15"),
      "azure_deployment_id": .string,
      "llama2_format": .string.oneOf("raw", "openai", "ollama"),
      "mistral_format": .string.oneOf("openai", "ollama"),
      "upstream_url": .string.url,
      "upstream_path": .string.deprecated("use 'upstream_url' instead"),
      "gemini": .record([
        "api_endpoint": .string, "project_id": .string, "location_id": .string,
        "endpoint_id": .string,
      ]),
      "bedrock": .record([
        "aws_region": .string, "aws_assume_role_arn": .string, "aws_role_session_name": .string,
        "aws_sts_endpoint_url": .string, "embeddings_normalize": .boolean.default(false),
        "performance_config_latency": .string, "video_output_s3_uri": .string,
        "batch_bucket_prefix": .string, "batch_role_arn": .string,
      ]),
      "huggingface": .record(["use_cache": .boolean, "wait_for_model": .boolean]),
      "cohere": .record([
        "embedding_input_type": .string.default("classification").oneOf(
          "classification", "clustering", "image", "search_document", "search_query"),
        "wait_for_model": .boolean,
      ]),
      "dashscope": .record(["international": .boolean.default(true)]),
      "databricks": .record(["workspace_instance_id": .string]),
    ]

  private static let geminiPlace = ConfigCheck.mutuallyRequired(
    "gemini.api_endpoint", "gemini.project_id", "gemini.location_id")

  private static let providerChecks: [ConfigCheck] = [
    needs("llama2", ["llama2_format"]),
    needs("mistral", ["mistral_format"]),
    needs("anthropic", ["anthropic_version"]),
    needs("azure", ["azure_instance", "azure_api_version", "azure_deployment_id"]),
    .custom { model in
      guard model["provider"]?.text == "bedrock", model.at("/options/bedrock/aws_region") == nil
      else { return [] }
      // Plugins have no environment: the host's is asked by name.
      return [
        ConfigDiagnostic(
          "/options/bedrock/aws_region",
          "must set bedrock.aws_region for bedrock provider: a region, or '{vault://env/AWS_REGION}'"
        )
      ]
    },
    .custom { model in
      guard model["provider"]?.text == "llama2", model.at("/options/upstream_url") == nil else {
        return []
      }
      return [
        ConfigDiagnostic(
          "/options/upstream_url",
          "must set 'model.options.upstream_url' for self-hosted providers/models")
      ]
    },
  ]

  private static func needs(_ provider: String, _ fields: [String]) -> ConfigCheck {
    .custom { model in
      guard model["provider"]?.text == provider else { return [] }
      return fields.filter { model.at("/options/\($0)")?.text ?? "" == "" }.map { field in
        ConfigDiagnostic("/options/\(field)", "must set \(field) for \(provider) provider")
      }
    }
  }
}
