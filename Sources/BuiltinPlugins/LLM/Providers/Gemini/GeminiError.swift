// SPDX-License-Identifier: Apache-2.0

extension ChatError {
  /// Google's `error` object: a message, the name of a status, and typed details.
  init(gemini node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    let status = try node.member("status", in: bytes)?.string(in: bytes) ?? ""
    self.init(
      message: try node.member("message", in: bytes)?.string(in: bytes) ?? "",
      type: Self.type(ofStatus: status), code: status.isEmpty ? nil : status)
    var details = JSONElements(of: try node.member("details", in: bytes) ?? .none)
    while let detail = try details.next(in: bytes) {
      let kind = try detail.member("@type", in: bytes)?.string(in: bytes) ?? ""
      switch kind.split(separator: ".").last {
      case "ErrorInfo":
        read(reason: try detail.member("reason", in: bytes)?.string(in: bytes) ?? "")
      case "RetryInfo":
        let delay = try detail.member("retryDelay", in: bytes)?.string(in: bytes)
        retryAfter = delay.flatMap(Self.seconds)
      case "BadRequest":
        let first = try detail.member("fieldViolations", in: bytes)?.element(0, in: bytes)
        parameter = try first?.member("field", in: bytes)?.string(in: bytes)
      default: break
      }
    }
  }

  private mutating func read(reason: String) {
    guard !reason.isEmpty else { return }
    code = reason
    // A key that is none is an argument that is invalid, by Google's status.
    if reason == "API_KEY_INVALID" || reason == "API_KEY_EXPIRED" {
      type = "authentication_error"
      code = "invalid_api_key"
    }
  }

  private static func type(ofStatus status: String) -> String {
    switch status {
    case "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE": "invalid_request_error"
    case "UNAUTHENTICATED": "authentication_error"
    case "PERMISSION_DENIED": "permission_error"
    case "NOT_FOUND": "not_found_error"
    case "RESOURCE_EXHAUSTED": "rate_limit_error"
    case "UNAVAILABLE": "overloaded_error"
    default: "server_error"
    }
  }

  /// A duration such as `36.5s`, in whole seconds: a part of one counts as one.
  private static func seconds(_ duration: String) -> Int? {
    guard duration.hasSuffix("s"), let value = Double(duration.dropLast()),
      (0..<1_000_000).contains(value)
    else {
      return nil
    }
    return Int(value.rounded(.up))
  }
}

extension JSONNode {
  /// What has nothing in it.
  fileprivate static let none = JSONNode(kind: .null, start: 0, end: 0)
}
