// SPDX-License-Identifier: Apache-2.0

/// An error of a provider or of the gateway, in no provider's words.
package struct ChatError: Error, Equatable, Sendable {
  /// What a person is told.
  package var message: String
  /// The kind of error, such as `invalid_request_error`.
  package var type: String?
  /// The code of the error, such as `context_length_exceeded`.
  package var code: String?
  /// The parameter at fault.
  package var parameter: String?
  /// Seconds after which the provider may be asked again, where it says so in the body instead of a header.
  package var retryAfter: Int?

  /// An error.
  package init(
    message: String, type: String? = nil, code: String? = nil, parameter: String? = nil
  ) {
    self.message = message
    self.type = type
    self.code = code
    self.parameter = parameter
  }
}
