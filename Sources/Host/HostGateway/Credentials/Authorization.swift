// SPDX-License-Identifier: Apache-2.0

import HostSigning

/// The credentials that a plugin wants a request to leave with. Secrets are handles: what they stand for is looked up when the
/// request leaves.
enum Authorization {
  case aws(AWSAuthorization)
  case bearer(OAuthGrant)

  /// Why there can be none; the plugin's author reads it.
  struct Problem: Error {
    let message: String
  }
}

/// AWS Signature Version 4.
struct AWSAuthorization {
  struct Keys {
    let access: String
    let secret: String
    /// Nil: they are not temporary.
    let sessionToken: String?
  }

  struct Role {
    let arn: String
    let sessionName: String
    /// Empty: where the region has it.
    let url: String
    /// Empty: none.
    let externalID: String
  }

  let scope: AWSScope
  /// Nil: those of the host's environment.
  let keys: Keys?
  /// Nil: the keys sign themselves.
  let role: Role?
}

/// What an OAuth 2.0 access token is granted for. Empty texts are the defaults of the protocol.
enum OAuthGrant {
  case clientCredentials(url: String, clientID: String, clientSecret: String, scope: String)
  /// The account is nil: that of the host's environment.
  case jwtBearer(account: String?, url: String, scope: String)
  case googleMetadata(url: String)
  case azureIdentity(url: String, resource: String, clientID: String)
}

extension Authorization {
  /// What a request needs before it can leave.
  enum Need {
    /// Keys that are here.
    case keys(AWSKeys, AWSScope)
    /// A credential that is got from elsewhere, and the scope of its signatures when it is keys.
    case fetched(CredentialSource, AWSScope?)
  }

  /// Looks the secrets up.
  func need(
    _ environment: HostEnvironment, secret: (String) -> [UInt8]?
  ) throws(CredentialFailure) -> Need {
    func key(_ handle: String) throws(CredentialFailure) -> KeyBytes {
      guard let value = secret(handle), !value.isEmpty else {
        throw CredentialFailure(.unusable, "a secret that a plugin has named is empty")
      }
      return KeyBytes(value)
    }
    switch self {
    case .aws(let aws): return try aws.need(environment, key)
    case .bearer(.clientCredentials(let url, let clientID, let clientSecret, let scope)):
      return .fetched(
        .clientCredentials(
          ClientCredentialsGrant(
            url: url, clientID: clientID, clientSecret: try key(clientSecret), scope: scope)), nil)
    case .bearer(.jwtBearer(let handle, let url, let scope)):
      guard let account = try handle.map(key) ?? environment.serviceAccount else {
        throw CredentialFailure(
          .unusable, "no service account is configured, nor is GCP_SERVICE_ACCOUNT set")
      }
      return .fetched(
        .jwtBearer(JWTBearerGrant(account: account, url: url, scope: scope)), nil)
    case .bearer(.googleMetadata(let url)): return .fetched(.googleMetadata(url: url), nil)
    case .bearer(.azureIdentity(let url, let resource, let clientID)):
      return .fetched(
        .azureIdentity(AzureIdentityGrant(url: url, resource: resource, clientID: clientID)), nil)
    }
  }
}

extension AWSAuthorization {
  fileprivate func need(
    _ environment: HostEnvironment, _ key: (String) throws(CredentialFailure) -> KeyBytes
  ) throws(CredentialFailure) -> Authorization.Need {
    let own: AWSKeys
    if let keys {
      own = AWSKeys(
        accessKey: try key(keys.access), secretKey: try key(keys.secret),
        sessionToken: try keys.sessionToken.map(key))
    } else if let keys = environment.awsKeys {
      own = keys
    } else {
      throw CredentialFailure(
        .unusable,
        "no AWS keys are configured, nor are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY set")
    }
    guard own.areUsable else {
      throw CredentialFailure(.unusable, "the AWS keys have characters that no key has")
    }
    guard let role else { return .keys(own, scope) }
    return .fetched(
      .assumedRole(
        AssumeRoleRequest(
          keys: own, region: scope.region, arn: role.arn, sessionName: role.sessionName,
          url: role.url, externalID: role.externalID)), scope)
  }
}
