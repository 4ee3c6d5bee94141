// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Kong's `correlation-id`: gives each request an id, unless it has one, and tells it to the upstream, the log and (if asked for)
/// the client.
@main
struct CorrelationID: Plugin, RequestPhase, ResponsePhase {
  struct Config: Decodable, Sendable {
    var headerName: String
    var generator: Generator
    var echoDownstream: Bool

    enum CodingKeys: String, CodingKey {
      case headerName = "header_name"
      case generator
      case echoDownstream = "echo_downstream"
    }
  }

  /// Before everything else, so that others have the id.
  static let manifest = Manifest(
    name: "correlation-id", version: "0.1.0", priority: 100_001, onFailure: .open)

  static let schema = ConfigSchema([
    "header_name": .string.default("Kong-Request-ID").check { HeaderName.problem($0.text ?? "") }
      .describe("the header that has the id, or gets it"),
    "generator": .string.default("uuid#counter").oneOf("uuid", "uuid#counter", "tracker").describe(
      "how ids are made: a UUID; a UUID of the process and a number; or out of the request's facts"),
    "echo_downstream": .boolean.default(false).describe("whether the response has the header too"),
  ])

  /// By which the `response` phase knows the id, whichever process it runs in.
  private static let variable = "correlation_id"

  private let config: Config

  init(config: Config, host: Host) { self.config = config }

  var requestInterest: Interest? { Interest(headers: [config.headerName]) }

  mutating func request(_ request: inout Request) -> RequestReply {
    let id: String
    if let given = request.headers[config.headerName], !given.isEmpty {
      id = given
    } else {
      id = config.generator.id(for: request.original, exchange: request.exchangeID)
      request.headers[config.headerName] = id
    }
    request.logFields["correlation_id"] = .string(id)
    if config.echoDownstream { request.variables[Self.variable] = .text(id) }
    return .proceed
  }

  var responseInterest: Interest? {
    guard config.echoDownstream else { return nil }
    return Interest(headers: [config.headerName], variables: [Self.variable])
  }

  mutating func response(_ response: inout UpstreamResponse) -> ResponseReply {
    // Without a variable the request has passed this plugin by: its call failed.
    let known =
      response.variables[Self.variable]?.text ?? response.request.headers[config.headerName]
    let id = known.flatMap { $0.isEmpty ? nil : $0 }
    response.headers[config.headerName] =
      id ?? config.generator.id(for: response.request, exchange: response.exchangeID)
    return .proceed
  }
}
