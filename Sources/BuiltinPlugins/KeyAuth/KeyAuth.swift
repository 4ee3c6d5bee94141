// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Kong's `key-auth`: a client is who its key says. The keys are with the host, which looks whose one is.
@main
struct KeyAuth: Plugin, RequestPhase {
  static let manifest = Manifest(
    name: "key-auth", version: "0.1.0", priority: 1250, services: [.consumers],
    takesConsumers: false)

  static let schema = KeyAuthConfig.schema

  private let config: KeyAuthConfig
  private let host: Host
  /// For whoever shows a key that is nobody's; it goes with every key.
  private let unknownKey: Response

  init(config: KeyAuthConfig, host: Host) {
    self.config = config
    self.host = host
    unknownKey = Refusal.unknownKey.response(config)
  }

  var requestInterest: Interest? { config.interest }

  mutating func request(_ request: inout Request) async throws -> RequestReply {
    let body = config.keyInBody ? BodyFields(of: request, named: config.keyNames) : BodyFields()
    conceal(body, in: &request)
    if !config.runOnPreflight, request.method == "OPTIONS" { return .proceed }
    // With `anonymous` it is enough that one of several plugins knows the client.
    if config.anonymous != nil, request.variables[KeyAuthConfig.credential] != nil {
      return .proceed
    }
    let presented = Result { () throws(Refusal) in
      try PresentedKey.find(in: request, body, config)
    }
    guard let anonymous = config.anonymous else {
      switch presented {
      case .failure(let refusal): return .respond(refusal.response(config))
      case .success(let key):
        if config.hideCredentials { hide(body, in: &request) }
        return .authenticate(key: key, otherwise: unknownKey)
      }
    }
    if config.hideCredentials { hide(body, in: &request) }
    if case .success(let key) = presented, let found = try await host.consumers.find(key: key) {
      request.authentication = Authentication(found)
      return .proceed
    }
    guard let consumer = try await host.consumers.find(named: anonymous) else {
      return .respond(missing(anonymous))
    }
    request.authentication = Authentication(anonymous: consumer)
    return .proceed
  }

  /// No log shows a key, be it right or wrong, or not asked for.
  private func conceal(_ body: BodyFields, in request: inout Request) {
    if config.keyInHeader { request.concealed.headers = config.keyNames }
    if config.keyInQuery { request.concealed.query = config.keyNames }
    request.concealed.body = body.fields.map(\.value)
  }

  /// The upstream gets no key, wherever one may stand.
  private func hide(_ body: BodyFields, in request: inout Request) {
    for name in config.keyNames {
      if config.keyInHeader { request.headers.remove(name) }
      if config.keyInQuery { request.query.remove(name) }
    }
    for range in body.removals { request.body.remove(range) }
  }

  private func missing(_ anonymous: String) -> Response {
    host.log.error("the consumer '\(anonymous)' of config.anonymous does not exist")
    return .message(
      "anonymous consumer \(anonymous) is configured but doesn't exist", status: 500)
  }
}
