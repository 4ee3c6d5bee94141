// SPDX-License-Identifier: Apache-2.0

/// The errors that the host itself answers with: Kong's status and words, and a stable code.
package enum HostError: Equatable, Sendable {
  case noRoute
  /// The route is for TLS only; 426, or the status of a redirect.
  case httpsRequired(status: Int)
  case badRequest
  /// HTTP without TLS on a port that speaks TLS.
  case plainOnTLS
  /// For a host of which other clients are let in than by the name that this one came in by.
  case misdirected
  case bodyTooLarge
  case headTooLarge
  case targetTooLong
  case expectationFailed
  /// The client does not send what it has begun.
  case requestTimeout
  case tooManyConnections
  case notImplemented
  case versionNotSupported
  case upstreamUnreachable
  case upstreamInvalid
  case upstreamTimeout
  case nameResolution
  case upstreamTLS
  /// All connections that there may be to it are in use, and as many requests wait as may.
  case upstreamBusy
  /// What plugins and secrets made of the request is no request of HTTP.
  case upstreamRequest
  /// Who gives credentials for the upstream was not reached, or gave none.
  case credentialsUnavailable
  /// What the credentials are got by, or made with, cannot be used.
  case credentialsUnusable
  /// The signature that the upstream wants is over a body that is not whole.
  case signatureNeedsBody
  case plugin(Outcome)
}

extension HostError {
  /// The HTTP status of the answer.
  package var status: Int {
    switch self {
    case .noRoute: 404
    case .badRequest, .plainOnTLS: 400
    case .misdirected: 421
    case .bodyTooLarge: 413
    case .headTooLarge: 431
    case .targetTooLong: 414
    case .expectationFailed: 417
    case .requestTimeout: 408
    case .tooManyConnections: 503
    case .notImplemented: 501
    case .versionNotSupported: 505
    case .upstreamUnreachable, .upstreamBusy, .nameResolution: 503
    case .upstreamInvalid, .upstreamTLS, .credentialsUnavailable: 502
    case .upstreamTimeout: 504
    case .plugin(.tooLarge): 413
    case .plugin(.timeout): 504
    case .plugin(.overload), .plugin(.died), .plugin(.unavailable): 503
    case .plugin, .upstreamRequest, .credentialsUnusable, .signatureNeedsBody: 500
    case .httpsRequired(let status): status
    }
  }

  /// Stable, for programs; what `{code}` in an error template stands for.
  package var code: StaticString {
    switch self {
    case .noRoute: "no_route"
    case .httpsRequired: "https_required"
    case .badRequest: "bad_request"
    case .plainOnTLS: "plain_http_on_tls"
    case .misdirected: "misdirected_request"
    case .bodyTooLarge: "request_too_large"
    case .headTooLarge: "request_head_too_large"
    case .targetTooLong: "request_target_too_long"
    case .expectationFailed: "expectation_failed"
    case .requestTimeout: "request_timeout"
    case .tooManyConnections: "too_many_connections"
    case .notImplemented: "not_implemented"
    case .versionNotSupported: "http_version_not_supported"
    case .upstreamUnreachable: "upstream_unreachable"
    case .upstreamInvalid: "upstream_invalid_response"
    case .upstreamTimeout: "upstream_timeout"
    case .nameResolution: "upstream_name_resolution"
    case .upstreamTLS: "upstream_tls"
    case .upstreamBusy: "upstream_busy"
    case .upstreamRequest: "upstream_request_invalid"
    case .credentialsUnavailable: "upstream_credentials_unavailable"
    case .credentialsUnusable: "upstream_credentials_unusable"
    case .signatureNeedsBody: "upstream_signature_needs_body"
    case .plugin(.died): "plugin_died"
    case .plugin(.timeout): "plugin_timeout"
    case .plugin(.overload): "plugin_overload"
    case .plugin(.tooLarge): "plugin_body_too_large"
    case .plugin(.unavailable): "plugin_unavailable"
    case .plugin(.violation): "plugin_violation"
    case .plugin: "plugin_error"
    }
  }

  /// What the client reads: Kong's words where Kong has them. Never names a plugin or an address.
  package var message: StaticString {
    switch self {
    case .noRoute: "no Route matched with those values"
    case .httpsRequired: "Please use HTTPS protocol"
    case .badRequest: "Bad request"
    case .plainOnTLS: "The plain HTTP request was sent to HTTPS port"
    case .misdirected: "Misdirected request"
    case .bodyTooLarge, .plugin(.tooLarge): "Payload too large"
    case .headTooLarge: "Request header or cookie too large"
    case .targetTooLong: "URI too long"
    case .expectationFailed: "Expectation failed"
    case .requestTimeout: "Request timeout"
    case .tooManyConnections: "Too many connections"
    case .notImplemented: "Not implemented"
    case .versionNotSupported: "HTTP version not supported"
    case .upstreamUnreachable: "The upstream server is currently unavailable"
    case .upstreamInvalid, .upstreamTLS:
      "An invalid response was received from the upstream server"
    case .upstreamTimeout, .plugin(.timeout): "The upstream server is timing out"
    case .upstreamBusy: "The upstream server has no free connection"
    case .nameResolution: "name resolution failed"
    case .plugin(.overload), .plugin(.died): "The gateway is currently overloaded"
    case .plugin(.unavailable): "The service is currently unavailable"
    case .credentialsUnavailable: "The gateway got no credentials for the upstream server"
    case .credentialsUnusable: "The gateway's credentials for the upstream server cannot be used"
    case .signatureNeedsBody: "The request cannot be signed for the upstream server"
    case .plugin, .upstreamRequest: "An unexpected error occurred"
    }
  }
}

extension HostError {
  /// Whether it is the client who has met a limit or has sent what is no request.
  package var isClients: Bool {
    switch self {
    case .badRequest, .bodyTooLarge, .headTooLarge, .targetTooLong, .expectationFailed,
      .notImplemented, .versionNotSupported, .tooManyConnections:
      true
    default: false
    }
  }
}
