// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostSigning
import PluginProtocol

extension Authorization {
  /// What a plugin has asked for; nil: that nothing is done.
  ///
  /// - Parameter isHeld: whether a handle is one of the plugin's.
  /// - Throws: ``Problem``.
  static func wanted(
    _ message: Patchbay__Plugin__V1__Authorization, isHeld: (String) -> Bool
  ) throws -> Authorization? {
    func handle(_ field: UnsafeMutablePointer<CChar>?) throws -> String? {
      let handle = try text(field)
      guard !handle.isEmpty else { return nil }
      guard isHeld(handle) else {
        throw Problem(message: "a secret is not one of this plugin's config")
      }
      return handle
    }
    switch message.scheme_case {
    case PATCHBAY__PLUGIN__V1__AUTHORIZATION__SCHEME_NOTHING: return nil
    case PATCHBAY__PLUGIN__V1__AUTHORIZATION__SCHEME_AWS:
      guard let aws = message.aws?.pointee else { break }
      return .aws(try AWSAuthorization(aws, handle))
    case PATCHBAY__PLUGIN__V1__AUTHORIZATION__SCHEME_BEARER:
      guard let token = message.bearer?.pointee else { break }
      return .bearer(try OAuthGrant(token, handle))
    default: break
    }
    throw Problem(message: "the host does not know this scheme of authorisation")
  }

  fileprivate static func text(_ field: UnsafeMutablePointer<CChar>?) throws -> String {
    guard let text = String(field: field) else { throw ProtocolViolation.badText }
    return text
  }

  /// The address of a token endpoint; empty where the host knows one.
  fileprivate static func url(
    _ field: UnsafeMutablePointer<CChar>?, orEmpty: Bool = true
  ) throws -> String {
    let text = try text(field)
    guard text.isEmpty ? orEmpty : UpstreamURL(text) != nil else {
      throw Problem(message: "where credentials come from is no absolute http or https URL")
    }
    return text
  }
}

private typealias Handle = (UnsafeMutablePointer<CChar>?) throws -> String?

extension AWSAuthorization {
  fileprivate init(_ message: Patchbay__Plugin__V1__AwsSignature, _ handle: Handle) throws {
    let (service, region) = (
      try Authorization.text(message.service), try Authorization.text(message.region)
    )
    guard let scope = AWSScope(service: service, region: region) else {
      throw Authorization.Problem(
        message: "the service or the region is empty, or has other than a-z, 0-9 and -")
    }
    self.scope = scope
    let token = try handle(message.session_token)
    switch (try handle(message.access_key), try handle(message.secret_key)) {
    case (let access?, let secret?):
      keys = Keys(access: access, secret: secret, sessionToken: token)
    case (nil, nil) where token == nil: keys = nil
    default:
      throw Authorization.Problem(message: "access key and secret key are given both or not at all")
    }
    role = try (message.role?.pointee).map(Role.init)
  }
}

extension AWSAuthorization.Role {
  fileprivate init(_ message: Patchbay__Plugin__V1__AwsRole) throws {
    arn = try Authorization.text(message.arn)
    guard !arn.isEmpty else { throw Authorization.Problem(message: "the role has no ARN") }
    sessionName = try Authorization.text(message.session_name)
    url = try Authorization.url(message.sts_url)
    externalID = try Authorization.text(message.external_id)
  }
}

extension OAuthGrant {
  fileprivate init(_ message: Patchbay__Plugin__V1__OAuthToken, _ handle: Handle) throws {
    switch message.grant_case {
    case PATCHBAY__PLUGIN__V1__OAUTH_TOKEN__GRANT_CLIENT_CREDENTIALS:
      guard let grant = message.client_credentials?.pointee else { break }
      guard let clientSecret = try handle(grant.client_secret) else {
        throw Authorization.Problem(message: "client credentials have no secret")
      }
      self = .clientCredentials(
        url: try Authorization.url(grant.token_url, orEmpty: false),
        clientID: try Authorization.text(grant.client_id), clientSecret: clientSecret,
        scope: try Authorization.text(grant.scope))
      return
    case PATCHBAY__PLUGIN__V1__OAUTH_TOKEN__GRANT_JWT_BEARER:
      guard let grant = message.jwt_bearer?.pointee else { break }
      self = .jwtBearer(
        account: try handle(grant.service_account), url: try Authorization.url(grant.token_url),
        scope: try Authorization.text(grant.scope))
      return
    case PATCHBAY__PLUGIN__V1__OAUTH_TOKEN__GRANT_GOOGLE_METADATA:
      guard let grant = message.google_metadata?.pointee else { break }
      self = .googleMetadata(url: try Authorization.url(grant.url))
      return
    case PATCHBAY__PLUGIN__V1__OAUTH_TOKEN__GRANT_AZURE_IDENTITY:
      guard let grant = message.azure_identity?.pointee else { break }
      let resource = try Authorization.text(grant.resource)
      guard !resource.isEmpty else {
        throw Authorization.Problem(message: "the managed identity's token has no resource")
      }
      self = .azureIdentity(
        url: try Authorization.url(grant.url), resource: resource,
        clientID: try Authorization.text(grant.client_id))
      return
    default: break
    }
    throw Authorization.Problem(message: "the host does not know this grant")
  }
}
