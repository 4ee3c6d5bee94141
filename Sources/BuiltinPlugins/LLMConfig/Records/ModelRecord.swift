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
      "provider": .string.required.oneOf(providers).describe(
        "whose model it is"),
      "name": .string.describe(
        "the model that is asked; without it the client's. May hold `$(headers.x)`, `$(uri_captures.x)`, `$(query_params.x)`"
      ),
      "model_alias": .string.describe(
        "another name by which clients may ask for `name`"),
      "options": .record(options, checks: [geminiPlace]),
    ],
    checks: providerChecks
  ).required

  private static let options: ConfigFields =
    PriceOptions.schema + [
      "max_tokens": .integer.describe(
        "replaces the client's limit, by the name that the model knows"),
      "temperature": .number.between(0, 5).describe(
        "replaces the client's"),
      "top_p": .number.between(0, 1).describe(
        "replaces the client's"),
      "top_k": .integer.between(0, 500).describe(
        "replaces the client's"),
      "embeddings_dimensions": .integer.greaterThan(0).describe(
        "replaces the client's `dimensions`"),
      "anthropic_version": .string.describe(
        "required for `anthropic`: the version of its API"),
      "azure_instance": .string.describe(
        "required for `azure`: the resource's name. May hold placeholders, as `name` may"),
      "azure_api_version": .string.default("2023-05-15").describe(
        "for `azure`; a client's own `api-version` wins"),
      "azure_deployment_id": .string.describe(
        "required for `azure`: the deployment. May hold placeholders"),
      "llama2_format": .string.oneOf("raw", "openai", "ollama").describe(
        "required for `llama2`: what its server speaks; `raw` is a prompt for one that only continues texts"
      ),
      "mistral_format": .string.oneOf("openai", "ollama").describe(
        "required for `mistral`: what its server speaks"),
      "upstream_url": .string.url.describe(
        "where requests go, path included, in place of the provider's own; a query in it is kept. Needed for `llama2`, `ollama`, `vllm`"
      ),
      "upstream_path": .string.deprecated("use 'upstream_url' instead").describe(
        "the path, where there is no `upstream_url`; for `preserve` always"),
    ] + ofProviders

  /// What one provider alone has.
  private static let ofProviders: ConfigFields = [
    "gemini": .record([
      "api_endpoint": .string.describe("Vertex's host; with the two below, Vertex is asked"),
      "project_id": .string.describe("the project"),
      "location_id": .string.describe("the region"),
      "endpoint_id": .string.describe("a deployed model"),
    ]),
    "bedrock": .record([
      "aws_region": .string.describe(
        "required for `bedrock`; `{vault://env/AWS_REGION}` takes the host's"),
      "aws_assume_role_arn": .string.describe("a role to assume"),
      "aws_role_session_name": .string.describe("the name of its sessions"),
      "aws_sts_endpoint_url": .string.describe("where roles are got, in place of the region's STS"),
      "embeddings_normalize": .boolean.default(false).describe(
        "asks Titan for embeddings of length 1"),
      "performance_config_latency": .string.describe("`standard` or `optimized`"),
      "video_output_s3_uri": .string.describe("for videos, which are not done yet"),
      "batch_bucket_prefix": .string.describe("for batches, which are not done yet"),
      "batch_role_arn": .string.describe("for batches, which are not done yet"),
    ]),
    "huggingface": .record([
      "use_cache": .boolean.describe("takes answers from its cache"),
      "wait_for_model": .boolean.describe("waits for a model that is being loaded"),
    ]),
    "cohere": .record([
      "embedding_input_type": .string.default("classification").oneOf(
        "classification", "clustering", "image", "search_document", "search_query"
      ).describe("what embeddings are for"),
      "wait_for_model": .boolean.describe("waits for a model that is being loaded"),
    ]),
    "dashscope": .record([
      "international": .boolean.default(true).describe("the international endpoint, not China's")
    ]),
    "databricks": .record([
      "workspace_instance_id": .string.describe("the workspace, the first part of its host")
    ]),
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
