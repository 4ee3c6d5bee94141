// SPDX-License-Identifier: Apache-2.0

/// What a credential is got for, with all that it is got by: the same source gives the same credential.
package enum CredentialSource: Hashable, Sendable {
  case clientCredentials(ClientCredentialsGrant)
  case jwtBearer(JWTBearerGrant)
  case googleMetadata(url: String)
  case azureIdentity(AzureIdentityGrant)
  case assumedRole(AssumeRoleRequest)
}

/// What a request is authorised with.
package enum Credential: Sendable, CustomReflectable, CustomStringConvertible {
  /// An OAuth 2.0 access token.
  case bearer(KeyBytes)
  /// Temporary keys.
  case aws(AWSKeys)

  package var description: String { "[secret]" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why there is no credential. Names what failed, and nothing that is secret.
package struct CredentialFailure: Error, Equatable, Sendable {
  package enum Kind: Sendable {
    /// What it is got by cannot be used: it will not be better when it is tried again.
    case unusable
    /// Who gives it was not reached, refused, or did not answer as it should.
    case unavailable
  }

  package let kind: Kind
  package let message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}

/// The request by which a credential is got: of the host's own.
package struct CredentialRequest: Sendable {
  package var method = "POST"
  package let url: String
  package var headers: [(name: StaticString, value: [UInt8])] = []
  package var body: [UInt8] = []
  /// STS wants its request signed.
  package var signer: AWSSigner?

  /// A form that is posted.
  static func form(_ form: Form, to url: String) -> CredentialRequest {
    var request = CredentialRequest(url: url)
    request.headers = [
      ("Content-Type", Array("application/x-www-form-urlencoded".utf8)),
      ("Accept", Array("application/json".utf8)),
    ]
    request.body = form.bytes
    return request
  }

  init(url: String) { self.url = url }
}

extension CredentialSource {
  /// What it is called in logs.
  package var name: StaticString {
    switch self {
    case .clientCredentials: "client_credentials"
    case .jwtBearer: "jwt_bearer"
    case .googleMetadata: "google_metadata"
    case .azureIdentity: "azure_identity"
    case .assumedRole: "assume_role"
    }
  }

  /// - Parameter seconds: since 1970.
  package func request(seconds: UInt64) throws(CredentialFailure) -> CredentialRequest {
    switch self {
    case .clientCredentials(let grant): grant.request
    case .jwtBearer(let grant): try grant.request(seconds: seconds)
    case .googleMetadata(let url): Self.google(url)
    case .azureIdentity(let grant): grant.request
    case .assumedRole(let role): try role.request
    }
  }

  /// Reads the answer.
  ///
  /// - Parameter seconds: since 1970.
  /// - Returns: the credential, and the nanoseconds that it lives.
  package func credential(
    status: Int, body: [UInt8], seconds: UInt64
  ) throws(CredentialFailure) -> (credential: Credential, lifetime: UInt64) {
    if case .assumedRole = self {
      return try AssumeRoleAnswer.credential(status: status, body: body, seconds: seconds)
    }
    return try TokenAnswer.credential(status: status, body: body)
  }

  private static func google(_ url: String) -> CredentialRequest {
    let standard =
      "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
    var request = CredentialRequest(url: url.isEmpty ? standard : url)
    request.method = "GET"
    request.headers = [("Metadata-Flavor", Array("Google".utf8))]
    return request
  }
}
