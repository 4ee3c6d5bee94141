// SPDX-License-Identifier: Apache-2.0

extension ChatError {
  /// An error of which only the status is known: its body is an HTML page, or nothing.
  package init(status: Int, of provider: String) {
    self.init(
      message: "\(provider) answered with status \(status) and no error that can be read",
      type: Self.type(of: status))
  }

  /// The type that OpenAI's API has for a status.
  package static func type(of status: Int) -> String {
    switch status {
    case 401: "authentication_error"
    case 403: "permission_error"
    case 404: "not_found_error"
    case 429: "rate_limit_error"
    case 529: "overloaded_error"
    case 400..<500: "invalid_request_error"
    default: "server_error"
    }
  }
}

extension ChatError {
  /// The error with the type of a status, unless it has one.
  package func typed(byStatus status: Int) -> ChatError {
    var error = self
    error.type = type ?? Self.type(of: status)
    return error
  }
}
