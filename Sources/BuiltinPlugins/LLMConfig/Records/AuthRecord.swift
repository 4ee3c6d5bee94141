// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

/// Kong's `auth` record: how the gateway shows a provider who it is.
package struct AuthRecord: Decodable, Sendable {
  package enum Location: String, Decodable, Sendable { case query, body }

  package var headerName: String?
  package var headerValue: Secret?
  package var paramName: String?
  package var paramValue: Secret?
  package var paramLocation: Location?
  package var allowOverride: Bool
  package var awsAccessKey: Secret?
  package var awsSecretKey: Secret?
  package var azureClientID: String?
  package var azureClientSecret: Secret?
  package var azureTenant: String?
  package var usesAzureIdentity: Bool
  package var usesServiceAccount: Bool
  package var serviceAccount: Secret?
  package var googleTokenURL: String?
  package var googleMetadataURL: String?

  enum CodingKeys: String, CodingKey {
    case headerName = "header_name"
    case headerValue = "header_value"
    case paramName = "param_name"
    case paramValue = "param_value"
    case paramLocation = "param_location"
    case allowOverride = "allow_override"
    case awsAccessKey = "aws_access_key_id"
    case awsSecretKey = "aws_secret_access_key"
    case azureClientID = "azure_client_id"
    case azureClientSecret = "azure_client_secret"
    case azureTenant = "azure_tenant_id"
    case usesAzureIdentity = "azure_use_managed_identity"
    case usesServiceAccount = "gcp_use_service_account"
    case serviceAccount = "gcp_service_account_json"
    case googleTokenURL = "gcp_oauth_token_url"
    case googleMetadataURL = "gcp_metadata_url"
  }

  /// Whether the gateway has a key of its own, which is shown as it is.
  package var hasKey: Bool { headerName != nil || paramName != nil }

  package static let schema = ConfigType.record(
    [
      "header_name": .string.describe(
        "the header that carries the key"),
      "header_value": .string.secret.describe(
        "its value, such as `Bearer sk-…`"),
      "param_name": .string.describe(
        "the parameter that carries the key; both ways may be used at once"),
      "param_value": .string.secret.describe(
        "its value"),
      "param_location": .string.oneOf("query", "body").describe(
        "where the parameter is: in the query, or a member of the body"),
      "allow_override": .boolean.default(false).describe(
        "a credential that the client sends itself wins"),
      "aws_access_key_id": .string.secret.describe(
        "of a key for AWS; without one the host finds its own"),
      "aws_secret_access_key": .string.secret.describe(
        "its secret half"),
      "azure_client_id": .string.describe(
        "the application at Entra ID, or the managed identity"),
      "azure_client_secret": .string.secret.describe(
        "the application's secret"),
      "azure_tenant_id": .string.describe(
        "the tenant of the application"),
      "azure_use_managed_identity": .boolean.default(false).describe(
        "tokens of the machine's managed identity"),
      "gcp_metadata_url": .string.describe(
        "where the metadata server is, in place of the usual one"),
      "gcp_oauth_token_url": .string.describe(
        "where Google gives tokens, in place of the usual place"),
      "gcp_service_account_json": .string.secret.describe(
        "the service account's key, the JSON that Google gives"),
      "gcp_use_service_account": .boolean.default(false).describe(
        "tokens of a service account: that key's, or the machine's"),
    ],
    checks: [
      .mutuallyRequired("header_name", "header_value"),
      .mutuallyRequired("param_name", "param_value", "param_location"),
      .mutuallyRequired("aws_access_key_id", "aws_secret_access_key"),
    ]
  ).default([:])

  /// Kong's rule of a config that has `auth` and `model`: what the host signs with is never the client's.
  package static let ownKeys = ConfigCheck.custom { config in
    guard let provider = config.at("/model/provider")?.text,
      ["bedrock", "gemini"].contains(provider),
      config.at("/auth/allow_override")?.bool == true
    else { return [] }
    return [
      ConfigDiagnostic(
        "/auth/allow_override", "bedrock and gemini only support auth.allow_override = false")
    ]
  }
}
