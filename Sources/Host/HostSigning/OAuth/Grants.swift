// SPDX-License-Identifier: Apache-2.0

/// The client's own credentials (RFC 6749, 4.4).
package struct ClientCredentialsGrant: Hashable, Sendable {
  package let url: String
  package let clientID: String
  package let clientSecret: KeyBytes
  package let scope: String

  package init(url: String, clientID: String, clientSecret: KeyBytes, scope: String) {
    self.url = url
    self.clientID = clientID
    self.clientSecret = clientSecret
    self.scope = scope
  }

  var request: CredentialRequest {
    var form = Form(["grant_type": "client_credentials", "client_id": clientID])
    form.add("client_secret", clientSecret.revealed)
    if !scope.isEmpty { form.add("scope", Array(scope.utf8)) }
    return .form(form, to: url)
  }
}

/// An assertion with the key of a Google service account (RFC 7523, 2.1).
package struct JWTBearerGrant: Hashable, Sendable {
  /// The account's JSON.
  package let account: KeyBytes
  /// Empty: the account's own.
  package let url: String
  /// Empty: all of the cloud.
  package let scope: String

  package init(account: KeyBytes, url: String, scope: String) {
    self.account = account
    self.url = url
    self.scope = scope
  }

  /// Seconds that an assertion is good for; Google takes no more.
  private static let lifetime: UInt64 = 3600

  func request(seconds: UInt64) throws(CredentialFailure) -> CredentialRequest {
    let account = try ServiceAccount(account)
    let url = url.isEmpty ? account.tokenURL : url
    guard !url.isEmpty else {
      throw CredentialFailure(.unusable, "the service account has no 'token_uri'")
    }
    let scope = scope.isEmpty ? "https://www.googleapis.com/auth/cloud-platform" : scope
    let claims =
      #"{"iss":\#(account.email.quotedForJSON),"scope":\#(scope.quotedForJSON),"#
      + #""aud":\#(url.quotedForJSON),"iat":\#(seconds),"exp":\#(seconds + Self.lifetime)}"#
    do {
      let token = try JSONWebToken(
        claims: Array(claims.utf8), key: .rs256(RSAKey(pem: account.privateKey.revealed)),
        keyID: account.keyID)
      var form = Form(["grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"])
      form.add("assertion", token.bytes)
      return .form(form, to: url)
    } catch {
      throw CredentialFailure(.unusable, "the service account's 'private_key': \(error.message)")
    }
  }
}

/// The managed identity of an Azure machine.
package struct AzureIdentityGrant: Hashable, Sendable {
  package let url: String
  package let resource: String
  package let clientID: String

  package init(url: String, resource: String, clientID: String) {
    self.url = url
    self.resource = resource
    self.clientID = clientID
  }

  private static let standard = "http://169.254.169.254/metadata/identity/oauth2/token"

  var request: CredentialRequest {
    let base = url.isEmpty ? Self.standard : url
    var query = Form(["resource": resource])
    if !base.contains("api-version=") { query.add("api-version", Array("2018-02-01".utf8)) }
    if !clientID.isEmpty { query.add("client_id", Array(clientID.utf8)) }
    var request = CredentialRequest(
      url: base + (base.contains("?") ? "&" : "?") + String(decoding: query.bytes, as: UTF8.self))
    request.method = "GET"
    request.headers = [("Metadata", Array("true".utf8))]
    return request
  }
}
