// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

/// Asks for what its config says: of the request that goes on, or of one of its own.
private struct AuthorizingPlugin: Plugin, RequestPhase, RetryPhase {
  enum Wish: String, Codable, Sendable {
    case keys, role, ambient, client, account, google, azure, nothing
    case fetch, hmac, jwt, unsigned
  }

  struct Config: DefaultedConfig {
    var wish = Wish.keys
    var key = Secret.testing("key")

    var authorization: Authorization {
      switch wish {
      case .role:
        .aws(
          AWSSignature(
            service: "bedrock", region: "us-east-1", accessKey: key, secretKey: key,
            sessionToken: key,
            role: AWSRole(
              arn: "arn:aws:iam::1:role/r", sessionName: "s", stsURL: "https://sts.test/",
              externalID: "x")))
      case .ambient: .aws(AWSSignature(service: "bedrock", region: "us-east-1"))
      case .client:
        .bearer(
          .clientCredentials(
            tokenURL: "https://login.test/token", clientID: "c", clientSecret: key, scope: "s")
        )
      case .account: .bearer(.jwtBearer(serviceAccount: key))
      case .google: .bearer(.googleMetadata())
      case .azure: .bearer(.azureIdentity(resource: "https://r.test", clientID: "c"))
      case .nothing: .nothing
      default:
        .aws(
          AWSSignature(
            service: "bedrock", region: "us-east-1", accessKey: key, secretKey: key))
      }
    }
  }

  static let manifest = Manifest(
    name: "authorizing", version: "1.0.0", services: [.http, .sign])
  let config: Config
  let host: Host
  init(config: Config, host: Host) {
    self.config = config
    self.host = host
  }

  mutating func request(_ request: inout Request) async throws -> RequestReply {
    switch config.wish {
    case .unsigned: break
    case .fetch:
      let answer = try await host.http.send(
        HTTPRequest(url: "https://api.test/", authorization: config.authorization))
      return .respond(Response(status: answer.status))
    case .hmac:
      let code = try await host.sign.hmac(Array("text".utf8), key: config.key, hash: .sha512)
      return .respond(Response(body: code))
    case .jwt:
      let token = try await host.sign.jwt(
        ["sub": "me"], key: config.key, algorithm: .rs256, keyID: "k1")
      return .respond(.text(token))
    default: request.authorization = config.authorization
    }
    return .proceed
  }

  mutating func retry(_ request: inout Request, after failure: FailedTry) -> RetryReply {
    request.authorization = config.authorization
    return .tryAgain
  }
}

/// Asks for what its manifest does not name.
private struct UndeclaredPlugin: Plugin, RequestPhase {
  static let manifest = Manifest(name: "undeclared", version: "1.0.0", services: [.http])
  let host: Host
  init(config: NoConfig, host: Host) { self.host = host }

  var requestInterest: Interest? { Interest(headers: ["x-mode"]) }

  mutating func request(_ request: inout Request) async throws -> RequestReply {
    if request.headers["x-mode"] == "fetch" {
      _ = try await host.http.send(
        HTTPRequest(url: "https://api.test/", authorization: .bearer(.googleMetadata())))
    }
    request.authorization = .bearer(.googleMetadata())
    return .proceed
  }
}

struct AuthorizationTests {
  private static let key = Secret.testing("key")

  private func harness(
    _ wish: AuthorizingPlugin.Wish
  ) async throws -> PluginHarness<AuthorizingPlugin> {
    try await PluginHarness(AuthorizingPlugin.self, config: .init(wish: wish, key: Self.key))
  }

  private static let wishes: [AuthorizingPlugin.Wish] = [
    .keys, .role, .ambient, .client, .account, .google, .azure, .nothing,
  ]

  @Test(arguments: wishes)
  private func `a test sees what a plugin asked for`(_ wish: AuthorizingPlugin.Wish) async throws {
    let expected = AuthorizingPlugin.Config(wish: wish, key: Self.key).authorization
    let harness = try await harness(wish)
    let result = try await harness.exchange(.get("/")).request()
    #expect(result.request.authorization == expected)
    let retried = try await harness.exchange(.get("/")).retry()
    #expect(retried.request.authorization == expected)
  }

  @Test func `what is not asked for is not there`() async throws {
    let result = try await harness(.unsigned).exchange(.get("/")).request()
    #expect(result.request.authorization == nil)
  }

  @Test func `a plugin's own request asks for the same`() async throws {
    let harness = try await harness(.fetch)
    harness.answerHTTP { request in
      let expected = AuthorizingPlugin.Config(wish: .fetch, key: Self.key).authorization
      return TestResponse(status: request.authorization == expected ? 201 : 400)
    }
    let result = try await harness.exchange(.get("/")).request()
    #expect(result.response?.status == 201)
  }

  @Test func `a test signs in the host's place`() async throws {
    let hmac = try await harness(.hmac)
    hmac.answerSign { request in
      let isAsked =
        request.kind == .hmac(.sha512) && request.key == Self.key && request.text == "text"
      return isAsked ? [1, 2, 3] : []
    }
    let code = try await hmac.exchange(.get("/")).request()
    #expect(code.response?.body == [1, 2, 3])

    let jwt = try await harness(.jwt)
    jwt.answerSign { request in
      let claims = request.kind == .jwt(.rs256, keyID: "k1") ? request.text : "?"
      return Array("head.\(claims).signature".utf8)
    }
    let token = try await jwt.exchange(.get("/")).request()
    #expect(token.response?.text == #"head.{"sub":"me"}.signature"#)
  }

  @Test(arguments: ["fetch", "edit"])
  func `an undeclared plugin gets no credentials`(_ mode: String) async throws {
    let harness = try await PluginHarness(UndeclaredPlugin.self)
    let exchange = try await harness.exchange(.get("/", headers: ["x-mode": mode]))
    let error = await #expect(throws: CallError.self) { try await exchange.request() }
    #expect(error?.code == "undeclared")
  }

  @Test func `a handle never shows itself`() {
    let authorization = AuthorizingPlugin.Config(wish: .role, key: Secret.testing("h4ndle"))
      .authorization
    #expect(!"\(authorization)".contains("h4ndle"))
    #expect(!String(reflecting: authorization).contains("h4ndle"))
  }
}
