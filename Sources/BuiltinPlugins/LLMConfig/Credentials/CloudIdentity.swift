// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PluginSDK

/// The credentials that the host makes for a provider's cloud: what to ask it for, by Kong's `auth` record.
package struct CloudIdentity: Sendable {
  private let auth: AuthRecord
  private let model: ModelRecord
  private let cloud: CloudRecord

  /// The credentials of a configuration.
  package init(_ auth: AuthRecord, _ model: ModelRecord, _ cloud: CloudRecord) {
    self.auth = auth
    self.model = model
    self.cloud = cloud
  }

  /// Nil: the configured key is shown as it is, or there is none.
  package func authorization(_ settings: ProviderSettings) -> Authorization? {
    switch model.provider {
    // Bedrock has keys that are shown, too: they are configured as a header.
    case "bedrock" where !auth.hasKey:
      settings.bedrock.region.map { .aws(signature(region: $0)) }
    case "gemini" where auth.usesServiceAccount: .bearer(google)
    case "azure" where auth.usesAzureIdentity: .bearer(azure)
    default: nil
    }
  }

  private func signature(region: String) -> AWSSignature {
    let bedrock = model.options?.bedrock
    return AWSSignature(
      service: "bedrock", region: region, accessKey: auth.awsAccessKey,
      secretKey: auth.awsSecretKey, sessionToken: cloud.awsSessionToken,
      role: bedrock?.assumeRoleARN.map { arn in
        AWSRole(
          arn: arn, sessionName: bedrock?.roleSessionName, stsURL: bedrock?.stsEndpointURL)
      })
  }

  /// An account's key, else the machine's own account where its metadata server is named, else the account of the
  /// host's environment.
  private var google: OAuthToken {
    if auth.serviceAccount == nil, let url = auth.googleMetadataURL {
      return .googleMetadata(url: url)
    }
    return .jwtBearer(serviceAccount: auth.serviceAccount, tokenURL: auth.googleTokenURL)
  }

  private var azure: OAuthToken {
    .azure(
      tenant: auth.azureTenant, clientID: auth.azureClientID, clientSecret: auth.azureClientSecret,
      authority: cloud.azureAuthority)
  }
}
