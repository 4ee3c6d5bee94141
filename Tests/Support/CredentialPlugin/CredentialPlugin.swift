// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Asks the host for the credentials and signatures that its config says, for the tests of the gateway.
@main
struct CredentialPlugin: Plugin, RequestPhase, RetryPhase {
  enum Task: String, Codable, Sendable {
    /// Of the exchange's request, of one of the plugin's own, or of bytes.
    case authorize, fetch, hmac, hmac512, hs256, rs256
    /// The first try goes where nobody is, without credentials.
    case retry
  }

  enum Scheme: String, Codable, Sendable { case aws, client, account, google, azure, nothing }

  struct Config: DefaultedConfig {
    var does = Task.authorize
    var scheme = Scheme.aws
    var wholeBody = true
    /// Of AWS.
    var service = "bedrock"
    var region = "us-east-1"
    var accessKey: Secret?
    var secretKey: Secret?
    var sessionToken: Secret?
    var role = ""
    var externalID = ""
    /// Of a token: STS, or whoever grants it.
    var url = ""
    var clientID = "client"
    var clientSecret: Secret?
    var account: Secret?
    var scope = ""
    /// What the plugin changes of the request beside.
    var path = ""
    var header: Secret?
    var body = ""
    /// Of its own request.
    var target = ""
    var key: Secret?
    /// Of the second try.
    var port = 0
  }

  static let manifest = Manifest(
    name: "credentials-test", version: "1.0.0", priority: 900, services: [.http, .sign])

  let config: Config
  let host: Host

  init(config: Config, host: Host) {
    self.config = config
    self.host = host
  }

  private func authorization() throws -> Authorization {
    let url = config.url.isEmpty ? nil : config.url
    switch config.scheme {
    case .aws:
      let role = AWSRole(arn: config.role, stsURL: url, externalID: config.externalID)
      return .aws(
        AWSSignature(
          service: config.service, region: config.region, accessKey: config.accessKey,
          secretKey: config.secretKey, sessionToken: config.sessionToken,
          role: config.role.isEmpty ? nil : role))
    case .client:
      guard let secret = config.clientSecret else { throw Self.noKey }
      return .bearer(
        .clientCredentials(
          tokenURL: config.url, clientID: config.clientID, clientSecret: secret,
          scope: config.scope))
    case .account:
      return .bearer(.jwtBearer(serviceAccount: config.account, tokenURL: url))
    case .google: return .bearer(.googleMetadata(url: url))
    case .azure:
      return .bearer(
        .azureIdentity(resource: config.scope, clientID: config.clientID, url: url))
    case .nothing: return .nothing
    }
  }

  var requestInterest: Interest? { Interest(body: config.wholeBody ? .whole() : .none) }
  var retryInterest: Interest? { config.does == .retry ? Interest() : nil }

  mutating func request(_ request: inout Request) async throws -> RequestReply {
    switch config.does {
    case .authorize:
      if !config.path.isEmpty { request.path = config.path }
      if let header = config.header { request.headers.set("x-secret", header) }
      if !config.body.isEmpty { request.body.replaceAll(with: config.body) }
      request.authorization = try authorization()
      return .proceed
    case .retry:
      request.target = Target(scheme: "http", host: "127.0.0.1", port: 1)
      return .proceed
    case .fetch:
      let answer = try await host.http.send(
        HTTPRequest(
          method: "POST", url: config.target, body: Array(request.body.bytes),
          authorization: try authorization()))
      return .respond(Response(status: answer.status, body: Array(answer.body)))
    case .hmac, .hmac512, .hs256, .rs256:
      return .respond(Response(body: try await sign(Array(request.body.bytes))))
    }
  }

  mutating func retry(_ request: inout Request, after failure: FailedTry) throws -> RetryReply {
    guard failure.number == 1 else { return .giveUp }
    request.target = Target(scheme: "http", host: "127.0.0.1", port: config.port)
    request.authorization = try authorization()
    return .tryAgain
  }

  private static let noKey = CallError(code: "no-key", message: "the config has no key")

  private func sign(_ message: [UInt8]) async throws -> [UInt8] {
    guard let key = config.key else { throw Self.noKey }
    switch config.does {
    case .hmac: return try await host.sign.hmac(message, key: key)
    case .hmac512: return try await host.sign.hmac(message, key: key, hash: .sha512)
    case .hs256:
      let claims = try JSONValue(parsing: String(decoding: message, as: UTF8.self))
      return Array(try await host.sign.jwt(claims, key: key, algorithm: .hs256).utf8)
    default:
      let claims = try JSONValue(parsing: String(decoding: message, as: UTF8.self))
      let token = try await host.sign.jwt(
        claims, key: key, algorithm: .rs256, keyID: "key \"1\"")
      return Array(token.utf8)
    }
  }
}
