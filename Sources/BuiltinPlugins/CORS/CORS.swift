// SPDX-License-Identifier: Apache-2.0

import Patterns
import PluginSDK

/// Kong's `cors`: tells browsers what pages of other origins may do, and answers their preflights.
@main
struct CORS: Plugin, RequestPhase, ResponsePhase {
  static let manifest = Manifest(
    name: "cors", version: "0.1.0", priority: 2000, takesConsumers: false)

  private let config: CORSConfig
  private let rule: OriginRule

  init(config: CORSConfig, host: Host) throws {
    self.config = config
    rule = try OriginRule(config.origins ?? [])
  }

  /// Of all requests only preflights are asked about, and those only if they are answered here.
  var requestInterest: Interest? {
    guard !config.preflightContinue else { return nil }
    return Interest(
      headers: [
        "origin", "access-control-request-headers", "access-control-request-private-network",
      ],
      when: When(
        methods: ["OPTIONS"],
        headers: [HeaderCondition("origin"), HeaderCondition("access-control-request-method")]),
      inspects: true)
  }

  mutating func request(_ request: inout Request) -> RequestReply {
    var headers: Headers = [:]
    let origin = request.headers["origin"]
    let allowed = allow(origin, &headers)
    if allowed.varies { headers["Vary"] = "Origin" }
    let asked = request.headers["access-control-request-headers"]
    if let names = config.headers, !names.isEmpty {
      headers["Access-Control-Allow-Headers"] = names.joined(separator: ",")
    } else if let asked {
      headers["Access-Control-Allow-Headers"] = asked
    }
    headers["Access-Control-Allow-Methods"] = config.methods.joined(separator: ",")
    if let seconds = config.maxAge { headers["Access-Control-Max-Age"] = seconds.description }
    if config.privateNetwork, request.headers["access-control-request-private-network"] == "true" {
      headers["Access-Control-Allow-Private-Network"] = "true"
    }
    return .respond(Response(status: 200, headers: headers))
  }

  var responseInterest: Interest? {
    let origin = HeaderCondition("origin")
    return Interest(
      headers: ["origin", "access-control-request-method"],
      when: config.allowOriginAbsent ? nil : When(headers: [origin]))
  }

  mutating func response(_ response: inout UpstreamResponse) -> ResponseReply {
    let request = response.request
    let origin = request.headers["origin"]
    let isPreflight =
      request.method == "OPTIONS" && origin != nil
      && request.headers.contains("access-control-request-method")
    // Its answer is complete already, or the upstream's own.
    guard !isPreflight else { return .proceed }
    let allowed = allow(origin, &response.headers)
    if allowed.varies { response.headers.add("Vary", "Origin") }
    if let names = config.exposedHeaders, !names.isEmpty {
      response.headers["Access-Control-Expose-Headers"] = names.joined(separator: ",")
    }
    return .proceed
  }

  /// Sets what says whether the origin may read the response, and with whose credentials.
  private func allow(_ origin: String?, _ headers: inout Headers) -> OriginRule.Answer {
    var answer = rule.answer(to: origin)
    // Browsers refuse `*` for a request with credentials.
    if config.credentials, answer.allowed == "*" {
      guard let origin else { return set(answer, &headers) }
      answer = OriginRule.Answer(allowed: origin, varies: true)
      headers["Access-Control-Allow-Credentials"] = "true"
    } else if config.credentials {
      headers["Access-Control-Allow-Credentials"] = "true"
    }
    return set(answer, &headers)
  }

  private func set(_ answer: OriginRule.Answer, _ headers: inout Headers) -> OriginRule.Answer {
    // Nil takes away what an upstream says.
    headers["Access-Control-Allow-Origin"] = answer.allowed
    return answer
  }
}
