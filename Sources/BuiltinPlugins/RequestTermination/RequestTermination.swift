// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Kong's `request-termination`: answers requests itself, all of them or those with a trigger.
@main
struct RequestTermination: Plugin, RequestPhase {
  struct Config: Decodable, Sendable {
    var statusCode: Int
    var message: String?
    var contentType: String?
    var body: String?
    var echo: Bool
    var trigger: String?

    enum CodingKeys: String, CodingKey {
      case statusCode = "status_code"
      case contentType = "content_type"
      case message, body, echo, trigger
    }
  }

  static let manifest = Manifest(name: "request-termination", version: "0.1.0", priority: 2)

  private static let messages = [
    401: "Unauthorized", 404: "Not found", 405: "Method not allowed",
    500: "An unexpected error occurred", 502: "Bad Gateway", 503: "Service unavailable",
  ]

  private let config: Config
  private let message: String?

  init(config: Config, host: Host) {
    self.config = config
    message = config.message ?? Self.messages[config.statusCode]
  }

  var requestInterest: Interest? {
    Interest(
      headers: config.echo ? .all : HeaderInterest(config.trigger.map { [$0] } ?? []),
      body: config.echo ? .whole() : .none, inspects: true)
  }

  mutating func request(_ request: inout Request) -> RequestReply {
    if let trigger = config.trigger, !isThere(trigger, request) { return .proceed }
    return .respond(response(to: request))
  }

  /// As a header, or as a parameter of the query.
  private func isThere(_ trigger: String, _ request: Request) -> Bool {
    request.headers.contains(trigger) || request.query.original.contains { $0.name == trigger }
  }

  private func response(to request: Request) -> Response {
    if config.echo {
      return .json(EchoedRequest.text(of: request, message: message), status: config.statusCode)
    }
    if let body = config.body {
      let headers: Headers = config.contentType.map { ["content-type": $0] } ?? [:]
      return Response(status: config.statusCode, headers: headers, body: Array(body.utf8))
    }
    guard let message else { return Response(status: config.statusCode) }
    return .message(message, status: config.statusCode)
  }
}
