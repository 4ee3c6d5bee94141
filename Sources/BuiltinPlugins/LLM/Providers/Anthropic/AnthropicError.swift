// SPDX-License-Identifier: Apache-2.0

extension ChatError {
  /// An error of Anthropic's, in a body or in a stream, in OpenAI's words; nil if it is none.
  init?(anthropic root: JSONNode, in bytes: RawSpan) throws(JSONError) {
    guard let type = try root.member("type", in: bytes), type.isString("error", in: bytes),
      let error = try root.member("error", in: bytes), error.kind == .object
    else { return nil }
    let name = try error.member("type", in: bytes)?.string(in: bytes) ?? ""
    let message = try error.member("message", in: bytes)?.string(in: bytes) ?? name
    self.init(message: message)
    self.type = Self.type(anthropic: name)
    code =
      try error.value(at: ["details", "error_code"], in: bytes)?.string(in: bytes)
      ?? Self.code(anthropic: name, message)
    parameter = Self.parameter(anthropic: message)
  }

  /// The status of an error that came without one.
  ///
  /// - Parameter name: Its type, as it became.
  static func status(anthropic name: String?) -> Int {
    switch name {
    case "invalid_request_error": 400
    case "authentication_error": 401
    case "permission_error": 403
    case "not_found_error": 404
    case "rate_limit_error": 429
    case "overloaded_error": 529
    case "timeout_error": 504
    case "server_error": 500
    default: 502
    }
  }

  private static func type(anthropic name: String) -> String {
    switch name {
    case "": "server_error"
    case "api_error": "server_error"
    case "request_too_large": "invalid_request_error"
    default: name  // the others are OpenAI's names, or OpenAI has none
    }
  }

  private static func code(anthropic name: String, _ message: String) -> String? {
    switch name {
    case "authentication_error": "invalid_api_key"
    case "rate_limit_error": "rate_limit_exceeded"
    case "request_too_large": "request_too_large"
    case "not_found_error" where message.hasPrefix("model:"): "model_not_found"
    case "invalid_request_error" where message.hasPrefix("prompt is too long"):
      "context_length_exceeded"
    default: nil
    }
  }

  /// Messages begin with the place of the fault. Only places that clients know by the same name are theirs.
  private static func parameter(anthropic message: String) -> String? {
    guard let colon = message.firstIndex(of: ":") else { return nil }
    let place = String(message[..<colon])
    let shared = ["max_tokens", "model", "messages", "temperature", "top_p", "top_k", "tools"]
    return shared.contains(place) ? place : nil
  }
}
