// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostHTTP
import HostSigning
import NIOCore
import PluginProtocol
import Testing

@testable import HostGateway

struct AuthorizationTests {
  private let arena = MessageArena()

  /// Asks for client credentials or for a signature of AWS, with these handles and addresses.
  private func bearer(
    secret: String = "own", url: String = "https://t.test/"
  ) -> Patchbay__Plugin__V1__Authorization {
    let grant = arena.make { patchbay__plugin__v1__client_credentials__init($0) }
    grant.pointee.token_url = arena.string(url)
    grant.pointee.client_id = arena.string("c")
    grant.pointee.client_secret = arena.string(secret)
    let token = arena.make { patchbay__plugin__v1__oauth_token__init($0) }
    token.pointee.grant_case = PATCHBAY__PLUGIN__V1__OAUTH_TOKEN__GRANT_CLIENT_CREDENTIALS
    token.pointee.client_credentials = grant
    let message = arena.make { patchbay__plugin__v1__authorization__init($0) }
    message.pointee.scheme_case = PATCHBAY__PLUGIN__V1__AUTHORIZATION__SCHEME_BEARER
    message.pointee.bearer = token
    return message.pointee
  }

  private func aws(
    access: String = "own", secret: String = "own", token: String = ""
  ) -> Patchbay__Plugin__V1__Authorization {
    let aws = arena.make { patchbay__plugin__v1__aws_signature__init($0) }
    aws.pointee.service = arena.string("s")
    aws.pointee.region = arena.string("r")
    aws.pointee.access_key = arena.string(access)
    aws.pointee.secret_key = arena.string(secret)
    aws.pointee.session_token = arena.string(token)
    let message = arena.make { patchbay__plugin__v1__authorization__init($0) }
    message.pointee.scheme_case = PATCHBAY__PLUGIN__V1__AUTHORIZATION__SCHEME_AWS
    message.pointee.aws = aws
    return message.pointee
  }

  private func problem(_ message: Patchbay__Plugin__V1__Authorization) -> String? {
    do {
      _ = try Authorization.wanted(message) { $0 == "own" }
      return nil
    } catch {
      return (error as? Authorization.Problem)?.message ?? "\(error)"
    }
  }

  @Test func `a handle counts only from the plugin that it was given to`() {
    #expect(problem(bearer()) == nil)
    #expect(problem(aws(token: "own")) == nil)
    let foreign = "a secret is not one of this plugin's config"
    #expect(problem(bearer(secret: "another's")) == foreign)
    #expect(problem(aws(access: "another's")) == foreign)
    #expect(problem(aws(secret: "another's")) == foreign)
    #expect(problem(aws(token: "another's")) == foreign)
  }

  @Test func `what is half or unknown is no authorisation`() {
    let message = arena.make { patchbay__plugin__v1__authorization__init($0) }
    #expect(problem(message.pointee) == "the host does not know this scheme of authorisation")
    let both = "access key and secret key are given both or not at all"
    #expect(problem(aws(access: "")) == both)
    #expect(problem(aws(access: "", secret: "", token: "own")) == both)
    #expect(problem(aws(access: "", secret: "")) == nil, "the host's own")
    #expect(problem(bearer(secret: "")) == "client credentials have no secret")
    for url in ["", "ftp://t.test", "https://t.test/ x", "t.test"] {
      #expect(
        problem(bearer(url: url)) == "where credentials come from is no absolute http or https URL")
    }
  }

  @Test func `nothing takes back what was asked for`() throws {
    let message = arena.make { patchbay__plugin__v1__authorization__init($0) }
    message.pointee.scheme_case = PATCHBAY__PLUGIN__V1__AUTHORIZATION__SCHEME_NOTHING
    #expect(try Authorization.wanted(message.pointee) { _ in false } == nil)
  }

  @Test func `the host's own keys are whole or none`() {
    func keys(_ variables: [String: String]) -> AWSKeys? {
      HostEnvironment { variables[$0] }.awsKeys
    }
    #expect(keys([:]) == nil)
    #expect(keys(["AWS_ACCESS_KEY_ID": "a"]) == nil)
    #expect(keys(["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": ""]) == nil)
    let both = ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": ""]
    #expect(
      keys(both) == AWSKeys(accessKey: KeyBytes("a"), secretKey: KeyBytes("s"), sessionToken: nil))
  }

  @Test func `a credential takes the place of what the client has sent`() throws {
    var edits = HeaderEdits()
    edits.set("Host", "h")
    edits.set("Authorization", "of the client")
    let signer = RequestSigner.bearer(KeyBytes("t"))
    #expect(
      try written(edits, signer) == "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer t\r\n\r\n")

    edits.set("X-Amz-Date", "of the client")
    let scope = try #require(AWSScope(service: "s", region: "r"))
    let keys = AWSKeys(
      accessKey: KeyBytes("a"), secretKey: KeyBytes("s"), sessionToken: KeyBytes("t"))
    let signed = try written(edits, .aws(AWSSigner(keys: keys, scope: scope)))
    #expect(!signed.contains("of the client"))
    #expect(signed.hasPrefix("GET / HTTP/1.1\r\nHost: h\r\nX-Amz-Date: 2"))
    #expect(signed.contains("\r\nX-Amz-Security-Token: t\r\nAuthorization: AWS4-HMAC-SHA256 "))
    #expect(signed.contains(", SignedHeaders=host;x-amz-date;x-amz-security-token, "))
    #expect(signed.hasSuffix("\r\n\r\n") && !signed.dropLast(4).contains("\r\n\r\n"))
  }

  private func written(_ edits: HeaderEdits, _ signer: RequestSigner) throws -> String {
    var edits = edits
    signer.edit(&edits)
    var head = ByteBuffer()
    try HeadWriter.write(
      method: Array("GET".utf8), target: Array("/".utf8), edits: edits, framing: .none,
      secrets: { _ in nil }, into: &head)
    signer.sign(&head, body: ByteBuffer())
    return String(buffer: head)
  }
}
