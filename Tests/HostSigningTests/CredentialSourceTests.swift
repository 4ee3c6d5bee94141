// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import HostSigning

struct CredentialSourceTests {
  private let client = CredentialSource.clientCredentials(
    ClientCredentialsGrant(
      url: "https://login.test/token", clientID: "c", clientSecret: KeyBytes("s&t"), scope: "a b"))

  private func body(_ request: CredentialRequest) -> String {
    String(decoding: request.body, as: UTF8.self)
  }

  @Test func `client credentials are a form`() throws {
    let request = try client.request(seconds: 0)
    #expect(request.method == "POST")
    #expect(request.url == "https://login.test/token")
    #expect(
      body(request) == "grant_type=client_credentials&client_id=c&client_secret=s%26t&scope=a%20b")
  }

  @Test func `a machine's token is asked for with its header`() throws {
    let google = try CredentialSource.googleMetadata(url: "").request(seconds: 0)
    #expect(google.method == "GET")
    #expect(google.url.hasPrefix("http://metadata.google.internal/computeMetadata/v1/instance/"))
    #expect(google.headers.map { "\($0.name)" } == ["Metadata-Flavor"])
    let azure = try CredentialSource.azureIdentity(
      AzureIdentityGrant(url: "", resource: "https://r.test/", clientID: "c")
    ).request(seconds: 0)
    #expect(
      azure.url == "http://169.254.169.254/metadata/identity/oauth2/token"
        + "?resource=https%3A%2F%2Fr.test%2F&api-version=2018-02-01&client_id=c")
    let versioned = try CredentialSource.azureIdentity(
      AzureIdentityGrant(url: "http://m.test/t?api-version=1", resource: "r", clientID: "")
    ).request(seconds: 0)
    #expect(versioned.url == "http://m.test/t?api-version=1&resource=r")
  }

  @Test func `a service account asserts itself`() throws {
    let key = try TestKey(bits: 2048)
    let account = [
      "client_email": "é@test", "private_key": String(decoding: key.pem, as: UTF8.self),
      "private_key_id": "k", "token_uri": "https://own.test/token",
    ]
    let json = KeyBytes(Array(try JSONEncoder().encode(account)))
    let own = try CredentialSource.jwtBearer(JWTBearerGrant(account: json, url: "", scope: ""))
      .request(seconds: 100)
    #expect(own.url == "https://own.test/token")
    #expect(body(own).hasPrefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"))
    let claims =
      #"{"iss":"é@test","scope":"https://www.googleapis.com/auth/cloud-platform","#
      + #""aud":"https://own.test/token","iat":100,"exp":3700}"#
    #expect(body(own).contains(String(decoding: Array(claims.utf8).base64URL, as: UTF8.self)))
    let other = try CredentialSource.jwtBearer(
      JWTBearerGrant(account: json, url: "https://other.test/", scope: "s")
    ).request(seconds: 100)
    #expect(other.url == "https://other.test/")
  }

  @Test(arguments: [
    ("{", "the service account is no JSON object of texts"),
    (#"{"client_email":1}"#, "the service account is no JSON object of texts"),
    ("{}", "the service account has no 'client_email'"),
    (#"{"client_email":"a"}"#, "the service account has no 'private_key'"),
    (
      #"{"client_email":"a","private_key":"b"}"#, "the service account has no 'token_uri'"
    ),
    (
      #"{"client_email":"a","private_key":"b","token_uri":"https://t.test"}"#,
      "the service account's 'private_key': the key is no private key in PEM"
    ),
  ])
  func `an account that cannot be used says why`(json: String, message: String) {
    let source = CredentialSource.jwtBearer(
      JWTBearerGrant(account: KeyBytes(json), url: "", scope: ""))
    let failure = #expect(throws: CredentialFailure.self) { try source.request(seconds: 0) }
    #expect(failure == CredentialFailure(.unusable, message))
  }

  @Test(arguments: [
    (#"{"access_token":"t","token_type":"bearer","expires_in":3599}"#, 3599),
    (#"{"access_token":"t","expires_in":"86399"}"#, 86399),
    (#"{"access_token":"t"}"#, 300), (#"{"access_token":"t","expires_in":1e300}"#, 31_536_000),
    (#"{"access_token":"t","expires_in":0.5}"#, 0.5),
  ])
  func `a token lives as long as its endpoint says`(answer: String, seconds: Double) throws {
    let (credential, lifetime) = try client.credential(
      status: 200, body: Array(answer.utf8), seconds: 0)
    guard case .bearer(let token) = credential else {
      Issue.record("it is no token")
      return
    }
    #expect(token.revealed == Array("t".utf8))
    #expect(lifetime == UInt64(seconds * 1_000_000_000))
  }

  @Test(arguments: [
    (
      400, #"{"error":"invalid_client","error_description":"s3cret"}"#,
      "the answer is 400 invalid_client"
    ),
    (401, #"{"error":"two words"}"#, "the answer is 401"), (500, "s3cret", "the answer is 500"),
    (200, #"{"access_token":""}"#, "the answer has no 'access_token' that can be sent"),
    (200, #"{"access_token":"a b"}"#, "the answer has no 'access_token' that can be sent"),
    (200, #"{"access_token":"t","expires_in":-1}"#, "the token is over already: see 'expires_in'"),
    (
      200, #"{"access_token":"t","expires_in":"soon"}"#,
      "the answer is not that of a token endpoint"
    ),
  ])
  func `an answer without a token says why`(status: Int, answer: String, message: String) {
    let failure = #expect(throws: CredentialFailure.self) {
      try client.credential(status: status, body: Array(answer.utf8), seconds: 0)
    }
    #expect(failure == CredentialFailure(.unavailable, message))
  }

  @Test func `equal sources have one key, and all others another`() {
    func role(_ url: String, _ externalID: String) -> CredentialSource {
      let keys = AWSKeys(accessKey: KeyBytes("a"), secretKey: KeyBytes("s"), sessionToken: nil)
      return .assumedRole(
        AssumeRoleRequest(
          keys: keys, region: "r", arn: "a", sessionName: "", url: url, externalID: externalID))
    }
    func azure(_ resource: String, _ clientID: String) -> CredentialSource {
      .azureIdentity(AzureIdentityGrant(url: "", resource: resource, clientID: clientID))
    }
    func account(_ json: String, _ scope: String) -> CredentialSource {
      .jwtBearer(JWTBearerGrant(account: KeyBytes(json), url: "", scope: scope))
    }
    let sources = [
      client, role("", ""), role("x", ""), role("", "x"), azure("ab", "c"), azure("a", "bc"),
      azure("a:", "bc"), account("a", "b"), account("ab", ""), .googleMetadata(url: ""),
      .googleMetadata(url: "a"),
    ]
    #expect(Set(sources.map(\.key)).count == sources.count)
    #expect(role("x", "").key == role("x", "").key)
  }

  @Test func `nothing of a source or a credential shows itself`() throws {
    let keys = AWSKeys(
      accessKey: KeyBytes("s3cret"), secretKey: KeyBytes("s3cret"), sessionToken: KeyBytes("s3cret")
    )
    let values: [Any] = [
      client, keys, Credential.bearer(KeyBytes("s3cret")), Credential.aws(keys),
      CredentialSource.clientCredentials(
        ClientCredentialsGrant(url: "", clientID: "", clientSecret: KeyBytes("s3cret"), scope: "")),
    ]
    for value in values {
      #expect(!"\(value)".contains("s3cret"))
      #expect(!String(reflecting: value).contains("s3cret"))
    }
  }
}
