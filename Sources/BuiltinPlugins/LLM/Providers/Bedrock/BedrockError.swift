// SPDX-License-Identifier: Apache-2.0

extension ChatError {
  /// The error in the body of a response: `{"message":"…"}`, whose type is in a header and sometimes in the body. Nil if
  /// it is none of Bedrock's.
  init?(bedrock body: RawSpan, status: Int) {
    guard let problem = BedrockProblem(body) else { return nil }
    self.init(
      message: problem.message,
      type: problem.isAboutIdentity ? "authentication_error" : ChatError.type(of: status),
      code: problem.exception)
  }

  /// The error in an event that is none of an answer's; nil if it is none.
  ///
  /// - Parameter name: The exception's, as `throttlingException`.
  init?(bedrock data: RawSpan, exception name: RawSpan) {
    let called = name.string(0..<name.byteCount)
    let problem = BedrockProblem(data)
    guard called.hasSuffix("Exception") || problem?.exception != nil else { return nil }
    let exception = problem?.exception ?? called.prefix(1).uppercased() + called.dropFirst()
    self.init(
      message: problem?.message ?? exception,
      type: ChatError.type(of: BedrockProblem.status(of: exception)), code: exception)
  }
}

/// What a body says about a failure.
private struct BedrockProblem {
  /// What a person is told.
  var message: String
  /// The exception's name, without the namespace around it.
  var exception: String?

  init?(_ body: RawSpan) {
    do throws(JSONError) {
      let root = try JSONNode.validated(in: body)
      // What the service's front door says: `{"Output":{"__type":"…#UnknownOperationException"},…}`
      let place = try root.member("Output", in: body) ?? root
      let type = try place.member("__type", in: body)?.string(in: body)
      exception = type.map { type in
        let name = type.drop { $0 != "#" }.dropFirst()
        return String(name.isEmpty ? type[...] : name)
      }
      let text = try place.member("message", in: body)
      let capital = try place.member("Message", in: body)
      guard let message = text?.string(in: body) ?? capital?.string(in: body) ?? exception else {
        return nil
      }
      self.message = message
    } catch {
      return nil
    }
  }

  /// A refusal of the caller, and not of what it asks for: both have the status 403.
  var isAboutIdentity: Bool {
    switch exception {
    case "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException",
      "MissingAuthenticationTokenException", "IncompleteSignatureException":
      true
    case nil:
      ["security token", "signature", "Authentication", "API Key"].contains {
        message.contains($0)
      }
    default: false
    }
  }

  /// The status that an exception has outside of a stream.
  static func status(of exception: String) -> Int {
    switch exception {
    case "ValidationException": 400
    case "AccessDeniedException": 403
    case "ThrottlingException", "ModelNotReadyException": 429
    case "ServiceUnavailableException": 503
    default: 500
    }
  }
}
