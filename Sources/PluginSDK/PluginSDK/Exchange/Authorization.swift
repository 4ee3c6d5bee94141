// SPDX-License-Identifier: Apache-2.0

/// How the host authorises a request when its bytes leave for an upstream: after all edits of all plugins, anew at each
/// try. Keys are handles: the plugin has neither them nor what the host gets for them.
///
/// The manifest must name the service ``HostService/sign``.
public enum Authorization: Sendable, Hashable {
  /// What an earlier call of the exchange has asked for is not done.
  case nothing
  /// AWS Signature Version 4. It signs the whole body, so that the phase's interest must be in whole bodies.
  case aws(AWSSignature)
  /// An OAuth 2.0 access token in `Authorization: Bearer`.
  case bearer(OAuthToken)
}

/// What AWS Signature Version 4 needs to know.
public struct AWSSignature: Sendable, Hashable {
  /// As the signature's scope has it: `bedrock`.
  public var service: String
  /// `eu-west-1`, …
  public var region: String
  /// With a ``secretKey`` or not at all. Nil: the host's environment has them (`AWS_ACCESS_KEY_ID`,
  /// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`).
  public var accessKey: Secret?
  /// With an ``accessKey`` or not at all.
  public var secretKey: Secret?
  /// Nil: the keys are not temporary.
  public var sessionToken: Secret?
  /// A role to assume with the keys; nil: they sign themselves.
  public var role: AWSRole?

  /// A signature; without keys by those of the host's environment.
  public init(
    service: String, region: String, accessKey: Secret? = nil, secretKey: Secret? = nil,
    sessionToken: Secret? = nil, role: AWSRole? = nil
  ) {
    self.service = service
    self.region = region
    self.accessKey = accessKey
    self.secretKey = secretKey
    self.sessionToken = sessionToken
    self.role = role
  }
}

/// A role that the host assumes by STS; it keeps the role's temporary keys, and gets new ones in time.
public struct AWSRole: Sendable, Hashable {
  /// `arn:aws:iam::123456789012:role/name`.
  public var arn: String
  /// Nil: `patchbay`.
  public var sessionName: String?
  /// Where STS is; nil: `https://sts.REGION.amazonaws.com/`.
  public var stsURL: String?
  /// What the role's owner asks for; nil: nothing.
  public var externalID: String?

  /// A role; only its ARN is needed.
  public init(
    arn: String, sessionName: String? = nil, stsURL: String? = nil, externalID: String? = nil
  ) {
    self.arn = arn
    self.sessionName = sessionName
    self.stsURL = stsURL
    self.externalID = externalID
  }
}

/// An OAuth 2.0 access token by what it is granted for. The host gets it, keeps it, and gets the next one in time.
public struct OAuthToken: Sendable, Hashable {
  package enum Grant: Sendable, Hashable {
    case clientCredentials(url: String, clientID: String, clientSecret: Secret, scope: String)
    case jwtBearer(serviceAccount: Secret?, url: String, scope: String)
    case googleMetadata(url: String)
    case azureIdentity(url: String, resource: String, clientID: String)
  }

  package let grant: Grant

  /// For the client's own credentials (RFC 6749, 4.4), as Microsoft Entra ID takes them.
  ///
  /// - Parameter scope: Nil: none is sent.
  public static func clientCredentials(
    tokenURL: String, clientID: String, clientSecret: Secret, scope: String? = nil
  ) -> OAuthToken {
    OAuthToken(
      grant: .clientCredentials(
        url: tokenURL, clientID: clientID, clientSecret: clientSecret, scope: scope ?? ""))
  }

  /// For an assertion with the key of a Google service account (RFC 7523).
  ///
  /// - Parameters:
  ///   - serviceAccount: The account's JSON. Nil: `GCP_SERVICE_ACCOUNT` of the host's environment.
  ///   - tokenURL: Nil: the `token_uri` of the JSON.
  ///   - scope: Nil: `https://www.googleapis.com/auth/cloud-platform`.
  public static func jwtBearer(
    serviceAccount: Secret?, tokenURL: String? = nil, scope: String? = nil
  ) -> OAuthToken {
    OAuthToken(
      grant: .jwtBearer(serviceAccount: serviceAccount, url: tokenURL ?? "", scope: scope ?? ""))
  }

  /// For the account of the Google machine that the host runs on.
  ///
  /// - Parameter url: Of the metadata server's token; nil: where Google has it.
  public static func googleMetadata(url: String? = nil) -> OAuthToken {
    OAuthToken(grant: .googleMetadata(url: url ?? ""))
  }

  /// For the managed identity of the Azure machine that the host runs on.
  ///
  /// - Parameters:
  ///   - resource: What the token is for: `https://cognitiveservices.azure.com`.
  ///   - clientID: Of one identity among several; nil: the machine has one.
  ///   - url: Of the metadata server's token; nil: where Azure has it.
  public static func azureIdentity(
    resource: String, clientID: String? = nil, url: String? = nil
  ) -> OAuthToken {
    OAuthToken(
      grant: .azureIdentity(url: url ?? "", resource: resource, clientID: clientID ?? ""))
  }

  package init(grant: Grant) { self.grant = grant }
}
