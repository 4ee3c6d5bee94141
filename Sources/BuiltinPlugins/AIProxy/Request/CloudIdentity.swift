// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK

/// The credentials that the host makes for a provider's cloud: what to ask it for, by Kong's `auth` record.
enum CloudIdentity {
  /// Nil: the configured key is shown as it is, or there is none.
  static func authorization(_ config: ProxyConfig, _ settings: ProviderSettings) -> Authorization? {
    switch config.model.provider {
    // Bedrock has keys that are shown, too: they are configured as a header.
    case "bedrock" where !config.auth.hasKey:
      settings.bedrock.region.map { .aws(signature(config, region: $0)) }
    case "gemini" where config.auth.usesServiceAccount: .bearer(google(config.auth))
    case "azure" where config.auth.usesAzureIdentity:
      .bearer(azure(config.auth, authority: config.patchbay.azureAuthority))
    default: nil
    }
  }

  private static func signature(_ config: ProxyConfig, region: String) -> AWSSignature {
    let bedrock = config.model.options?.bedrock
    return AWSSignature(
      service: "bedrock", region: region, accessKey: config.auth.awsAccessKey,
      secretKey: config.auth.awsSecretKey, sessionToken: config.patchbay.awsSessionToken,
      role: bedrock?.assumeRoleARN.map { arn in
        AWSRole(
          arn: arn, sessionName: bedrock?.roleSessionName, stsURL: bedrock?.stsEndpointURL)
      })
  }

  /// An account's key, else the machine's own account where its metadata server is named, else the account of the
  /// host's environment.
  private static func google(_ auth: AuthRecord) -> OAuthToken {
    if auth.serviceAccount == nil, let url = auth.googleMetadataURL {
      return .googleMetadata(url: url)
    }
    return .jwtBearer(serviceAccount: auth.serviceAccount, tokenURL: auth.googleTokenURL)
  }

  /// An application's own credentials, else the identity of the machine.
  private static func azure(_ auth: AuthRecord, authority: String) -> OAuthToken {
    let resource = "https://cognitiveservices.azure.com"
    guard let id = auth.azureClientID, let secret = auth.azureClientSecret,
      let tenant = auth.azureTenant
    else { return .azureIdentity(resource: resource, clientID: auth.azureClientID) }
    return .clientCredentials(
      tokenURL: "\(authority)/\(PathSegment.escaped(tenant))/oauth2/v2.0/token", clientID: id,
      clientSecret: secret, scope: "\(resource)/.default")
  }
}
