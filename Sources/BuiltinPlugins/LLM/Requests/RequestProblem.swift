// SPDX-License-Identifier: Apache-2.0

/// Why a request is refused or a response cannot be delivered: a status and a message for the
/// client.
package struct RequestProblem: Error, Equatable, Sendable {
  /// The HTTP status.
  package var status: Int
  /// The message, in Kong's words where Kong has the case.
  package var message: String
  /// The field at fault, by its place in the body.
  package var parameter: String?

  /// A problem.
  package init(status: Int = 400, message: String, parameter: String? = nil) {
    self.status = status
    self.message = message
    self.parameter = parameter
  }

  /// The body of the response: `{"error":{"message":"…"}}`, as Kong's, with the field at fault where there is one.
  package var body: [UInt8] {
    JSONText {
      $0.object {
        $0.key("error")
        $0.object {
          $0.member("message", message)
          $0.member("param", parameter)
        }
      }
    }.bytes
  }

  /// The header says that the body is something other than JSON. Kong has this message and, by a
  /// flaw, never sends it: there, a body that is labelled as a form hides its model from the rules.
  package static let wrongContentType = RequestProblem(
    message: "content-type header does not match request body, or bad JSON formatting")
  /// There is nothing to send to a model: also said of a body that is no JSON, as Kong does.
  package static let noPrompts = RequestProblem(
    message: "request body doesn't contain valid prompts")
  /// Neither side names a model.
  package static let noModel = RequestProblem(
    message: "model parameter not found in request, nor in gateway configuration")
  /// No model has such a name.
  package static let modelTooLong = RequestProblem(
    message: "model parameter is too long")
  /// The body is a chat and a completion at once.
  package static let multipleFormats = RequestProblem(
    message: "request matches multiple LLM request formats")
  /// The body is of no known kind.
  package static let formatNotRecognised = RequestProblem(message: "request format not recognised")
  /// The client asks for a stream where none is allowed.
  package static let streamingDenied = RequestProblem(
    message: "response streaming is not enabled for this LLM")

  /// The client names another model than the configured one.
  package static func ownModel(configured: String) -> RequestProblem {
    RequestProblem(message: "cannot use own model - must be: \(configured)")
  }

  /// The body is of another kind than the route.
  package static func incompatible(format: RouteType, route: RouteType) -> RequestProblem {
    RequestProblem(
      message: "[\(format.rawValue)] message format is not compatible with"
        + " [\(route.rawValue)] route type")
  }

  /// A member that decides what a model sees occurs twice. Parsers differ in which one they
  /// believe, so a guard could be shown one prompt and the model another.
  package static func duplicateMember(_ name: StaticString) -> RequestProblem {
    RequestProblem(message: "request body contains '\(name)' more than once")
  }
}
