// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginSDK

extension Authorization {
  /// Nil: it has no scheme.
  init?(_ message: Patchbay__Plugin__V1__Authorization) {
    switch message.scheme_case {
    case PATCHBAY__PLUGIN__V1__AUTHORIZATION__SCHEME_NOTHING: self = .nothing
    case PATCHBAY__PLUGIN__V1__AUTHORIZATION__SCHEME_AWS:
      guard let aws = message.aws?.pointee else { return nil }
      self = .aws(AWSSignature(aws))
    case PATCHBAY__PLUGIN__V1__AUTHORIZATION__SCHEME_BEARER:
      guard let token = message.bearer?.pointee, let grant = OAuthToken.Grant(token) else {
        return nil
      }
      self = .bearer(OAuthToken(grant: grant))
    default: return nil
    }
  }
}

extension AWSSignature {
  fileprivate init(_ message: Patchbay__Plugin__V1__AwsSignature) {
    self.init(
      service: String(message.service), region: String(message.region),
      accessKey: Secret(given: message.access_key), secretKey: Secret(given: message.secret_key),
      sessionToken: Secret(given: message.session_token),
      role: message.role.map { AWSRole($0.pointee) })
  }
}

extension AWSRole {
  fileprivate init(_ message: Patchbay__Plugin__V1__AwsRole) {
    self.init(
      arn: String(message.arn), sessionName: String(given: message.session_name),
      stsURL: String(given: message.sts_url), externalID: String(given: message.external_id))
  }
}

extension OAuthToken.Grant {
  fileprivate init?(_ message: Patchbay__Plugin__V1__OAuthToken) {
    switch message.grant_case {
    case PATCHBAY__PLUGIN__V1__OAUTH_TOKEN__GRANT_CLIENT_CREDENTIALS:
      guard let grant = message.client_credentials?.pointee else { return nil }
      self = .clientCredentials(
        url: String(grant.token_url), clientID: String(grant.client_id),
        clientSecret: Secret(handle: String(grant.client_secret)), scope: String(grant.scope))
    case PATCHBAY__PLUGIN__V1__OAUTH_TOKEN__GRANT_JWT_BEARER:
      guard let grant = message.jwt_bearer?.pointee else { return nil }
      self = .jwtBearer(
        serviceAccount: Secret(given: grant.service_account), url: String(grant.token_url),
        scope: String(grant.scope))
    case PATCHBAY__PLUGIN__V1__OAUTH_TOKEN__GRANT_GOOGLE_METADATA:
      self = .googleMetadata(url: String(message.google_metadata?.pointee.url))
    case PATCHBAY__PLUGIN__V1__OAUTH_TOKEN__GRANT_AZURE_IDENTITY:
      guard let grant = message.azure_identity?.pointee else { return nil }
      self = .azureIdentity(
        url: String(grant.url), resource: String(grant.resource),
        clientID: String(grant.client_id))
    default: return nil
    }
  }
}

extension String {
  /// Nil: empty.
  fileprivate init?(given field: UnsafeMutablePointer<CChar>?) {
    let text = String(field)
    guard !text.isEmpty else { return nil }
    self = text
  }
}

extension Secret {
  /// Nil: empty.
  fileprivate init?(given field: UnsafeMutablePointer<CChar>?) {
    guard let handle = String(given: field) else { return nil }
    self.init(handle: handle)
  }
}
