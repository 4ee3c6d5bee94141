// SPDX-License-Identifier: Apache-2.0

/// The errors that the host itself answers with: Kong's status and words, and a stable code.
package enum HostError: Equatable, Sendable {
  case noRoute
  /// The route is for TLS only; 426, or the status of a redirect.
  case httpsRequired(status: Int)
  case badRequest
  case bodyTooLarge
  case headTooLarge
  case targetTooLong
  case notImplemented
  case versionNotSupported
  case upstreamUnreachable
  case upstreamInvalid
  case upstreamTimeout
  case nameResolution
  case upstreamTLS
  /// What plugins and secrets made of the request is no request of HTTP.
  case upstreamRequest
  case plugin(Outcome)
}

extension HostError {
  /// The HTTP status of the answer.
  package var status: Int {
    switch self {
    case .noRoute: 404
    case .badRequest: 400
    case .bodyTooLarge: 413
    case .headTooLarge: 431
    case .targetTooLong: 414
    case .notImplemented: 501
    case .versionNotSupported: 505
    case .upstreamUnreachable, .nameResolution: 503
    case .upstreamInvalid, .upstreamTLS: 502
    case .upstreamTimeout: 504
    case .plugin(.tooLarge): 413
    case .plugin(.timeout): 504
    case .plugin(.overload), .plugin(.died), .plugin(.unavailable): 503
    case .plugin, .upstreamRequest: 500
    case .httpsRequired(let status): status
    }
  }

  /// Stable, for programs; what `{code}` in an error template stands for.
  package var code: StaticString {
    switch self {
    case .noRoute: "no_route"
    case .httpsRequired: "https_required"
    case .badRequest: "bad_request"
    case .bodyTooLarge: "request_too_large"
    case .headTooLarge: "request_head_too_large"
    case .targetTooLong: "request_target_too_long"
    case .notImplemented: "not_implemented"
    case .versionNotSupported: "http_version_not_supported"
    case .upstreamUnreachable: "upstream_unreachable"
    case .upstreamInvalid: "upstream_invalid_response"
    case .upstreamTimeout: "upstream_timeout"
    case .nameResolution: "upstream_name_resolution"
    case .upstreamTLS: "upstream_tls"
    case .upstreamRequest: "upstream_request_invalid"
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
    case .bodyTooLarge, .plugin(.tooLarge): "Payload too large"
    case .headTooLarge: "Request header or cookie too large"
    case .targetTooLong: "URI too long"
    case .notImplemented: "Not implemented"
    case .versionNotSupported: "HTTP version not supported"
    case .upstreamUnreachable: "The upstream server is currently unavailable"
    case .upstreamInvalid, .upstreamTLS:
      "An invalid response was received from the upstream server"
    case .upstreamTimeout, .plugin(.timeout): "The upstream server is timing out"
    case .nameResolution: "name resolution failed"
    case .plugin(.overload), .plugin(.died): "The gateway is currently overloaded"
    case .plugin(.unavailable): "The service is currently unavailable"
    case .plugin, .upstreamRequest: "An unexpected error occurred"
    }
  }
}
