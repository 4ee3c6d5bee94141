// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Kong's `auth` record: how the gateway shows a provider who it is.
struct AuthRecord: Decodable, Sendable {
  enum Location: String, Decodable, Sendable { case query, body }

  var headerName: String?
  var headerValue: Secret?
  var paramName: String?
  var paramValue: Secret?
  var paramLocation: Location?
  var allowOverride: Bool
  var awsAccessKey: Secret?
  var awsSecretKey: Secret?
  var azureClientID: String?
  var azureClientSecret: Secret?
  var azureTenant: String?
  var usesAzureIdentity: Bool
  var usesServiceAccount: Bool
  var serviceAccount: Secret?
  var googleTokenURL: String?
  var googleMetadataURL: String?

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
  var hasKey: Bool { headerName != nil || paramName != nil }

  static let schema = ConfigType.record(
    [
      "header_name": .string,
      "header_value": .string.secret,
      "param_name": .string,
      "param_value": .string.secret,
      "param_location": .string.oneOf("query", "body"),
      "allow_override": .boolean.default(false),
      "aws_access_key_id": .string.secret,
      "aws_secret_access_key": .string.secret,
      "azure_client_id": .string,
      "azure_client_secret": .string.secret,
      "azure_tenant_id": .string,
      "azure_use_managed_identity": .boolean.default(false),
      "gcp_metadata_url": .string,
      "gcp_oauth_token_url": .string,
      "gcp_service_account_json": .string.secret,
      "gcp_use_service_account": .boolean.default(false),
    ],
    checks: [
      .mutuallyRequired("header_name", "header_value"),
      .mutuallyRequired("param_name", "param_value", "param_location"),
      .mutuallyRequired("aws_access_key_id", "aws_secret_access_key"),
    ]
  ).default([:])
}
