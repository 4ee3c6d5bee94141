// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PII
import PluginSDK

// The request: what is personal in it is replaced, or refused.
extension AISanitizer: RequestPhase {
  var requestInterest: Interest? {
    Interest(
      body: .whole(), deadline: service == nil ? nil : .milliseconds(config.timeout + 1000))
  }

  mutating func request(_ request: inout Request) async throws -> RequestReply {
    state = SanitizerState(config.style)
    // Nothing is said in it, and what comes back is no answer of a model.
    guard request.body.count > 0 else {
      end(&request)
      return .proceed
    }
    state.isActive = true
    do throws(RequestProblem) {
      if config.readsRequests {
        let began = ContinuousClock.now
        defer { state.duration += (ContinuousClock.now - began).microseconds }
        if let service {
          try await sanitize(&request, by: service)
        } else {
          try sanitize(&request)
        }
      }
      choosePhases(&request)
      return .proceed
    } catch {
      end(&request)
      return .respond(Response(error))
    }
  }

  /// Nothing of what follows is looked at.
  private func end(_ request: inout Request) {
    request.later = .nothing
    writeLog(to: &request.logFields)
  }

  /// By the plugin's own recognisers.
  private mutating func sanitize(_ request: inout Request) throws(RequestProblem) {
    let search = patterns?.search()
    let config = config
    let scanner = scanner.with(search?.matcher)
    var redactor = state.redactor
    let types: [PIIType]
    let redacted: Redacted
    do throws(RequestProblem) {
      (types, redacted) = try request.body.bytes.withRaw { body throws(RequestProblem) in
        let places = try Self.places(of: body, config)
        let redaction = BodyRedaction(places, in: body, scanner, noting: &redactor)
        if config.blockIfDetected { return (redaction.types, Redacted()) }
        return (
          redaction.types,
          redaction.redacted(in: body, &redactor, isRestorable: config.recovers)
        )
      }
    } catch {
      return try goOn(after: error)
    }
    if let failure = search?.failure {
      state.outcome = failure
      guard !config.stopOnError else { throw .notSanitized("request") }
    }
    for type in types { state.count(type.rawValue) }
    if config.blockIfDetected, !types.isEmpty { throw block("request") }
    state.redactor = redactor
    state.sanitized += redacted.count
    request.body.apply(redacted.splices)
  }

  /// A request that cannot be read goes on as it is, where that is wanted.
  mutating func goOn(after problem: RequestProblem) throws(RequestProblem) {
    state.outcome = problem.message
    if config.stopOnError { throw problem }
  }

  static func places(
    of body: RawSpan, _ config: SanitizerConfig
  ) throws(RequestProblem) -> [TextPlace] {
    let facts = try RequestFacts(body)
    return TextPlaces(
      of: facts.root, in: body, .request, onlyLastUserMessage: !config.allowAllConversationHistory
    ).places
  }

  /// The refusal of what holds something personal: which types, and how many, but no value.
  mutating func block(_ what: String) -> RequestProblem {
    state.outcome = "\(what) blocked"
    let types = state.found.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return RequestProblem(
      status: 400,
      message:
        "\(what) blocked: \(state.identified) PII detected (\(types.joined(separator: ", ")))")
  }

  /// What this exchange needs of the later phases: a stream piece by piece, any other answer whole.
  private mutating func choosePhases(_ request: inout Request) {
    guard readsAnswer else { return end(&request) }
    state.isStreamed = isStreamAsked(request) && !(config.readsAnswers && service != nil)
    // What is read must be readable.
    request.headers["accept-encoding"] = "identity"
    request.later.response = state.isStreamed ? .headOnly : .wholeBody
    request.later.chunk = state.isStreamed ? .transform : .drop
  }

  /// OpenAI's API says it in the body, Gemini's and Bedrock's in the path.
  private func isStreamAsked(_ request: Request) -> Bool {
    let path = request.original.pathAndQuery.path
    if path.contains(":streamGenerateContent") || path.hasSuffix("-stream") { return true }
    return request.body.bytes.withRaw { body in
      guard let root = try? JSONNode(scanning: body),
        let stream = (try? root.member("stream", in: body)) ?? nil
      else { return false }
      return stream.kind == .true
    }
  }
}

extension RequestProblem {
  /// What could not be looked at does not pass.
  static func notSanitized(_ what: String) -> RequestProblem {
    RequestProblem(status: 500, message: "failed to sanitize the \(what)")
  }
}

extension Duration {
  var microseconds: Int { Int(clamping: wholeMicroseconds) }
}
