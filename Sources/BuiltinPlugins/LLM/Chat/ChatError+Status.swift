// SPDX-License-Identifier: Apache-2.0

extension ChatError {
  /// The type of an error of which the provider tells no more than its words, by the HTTP status.
  package static func type(ofStatus status: Int) -> String {
    switch status {
    case 401: "authentication_error"
    case 403: "permission_error"
    case 404: "not_found_error"
    case 429: "rate_limit_error"
    case 529: "overloaded_error"
    case 500...: "server_error"
    default: "invalid_request_error"
    }
  }

  /// The error with the type of a status, unless it has one.
  package func typed(byStatus status: Int) -> ChatError {
    var error = self
    error.type = type ?? Self.type(ofStatus: status)
    return error
  }
}
