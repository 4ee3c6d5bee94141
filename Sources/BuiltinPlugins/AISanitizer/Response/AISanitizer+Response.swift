// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PII
import PluginSDK

// The answer: what is personal in it is replaced, and the values of the request are put back.
extension AISanitizer: ResponsePhase {
  var responseInterest: Interest? {
    Interest(
      headers: ["content-type", "content-encoding"], body: .whole(),
      deadline: service == nil ? nil : .milliseconds(config.timeout + 1000))
  }

  /// Whether anything is to be done with an answer.
  var readsAnswer: Bool {
    state.isActive && (config.readsAnswers || state.redactor.entries.contains { $0.isRestorable })
  }

  var work: AnswerWork {
    let search = patterns?.search()
    return AnswerWork(
      scanner: scanner.with(search?.matcher), sanitizes: config.readsAnswers && service == nil,
      restorer: Restorer(config.recovers ? state.redactor.entries : []), redactor: state.redactor,
      search: search)
  }

  mutating func response(_ response: inout UpstreamResponse) async throws -> ResponseReply {
    guard readsAnswer, response.source != .host else {
      response.later.chunk = .drop
      return .proceed
    }
    let encoding = response.headers["content-encoding"]?.lowercased() ?? "identity"
    let type = MediaType(response.headers["content-type"] ?? "")
    guard encoding == "identity", type.isJSON || type.isEventStream else {
      response.later.chunk = .drop
      // Pictures and sound have no text. What is compressed may have.
      guard config.readsAnswers, encoding != "identity" else { return .proceed }
      return refuse("the answer is compressed").map { .respond($0) } ?? .proceed
    }
    // Another plugin may make a stream that nobody has asked for: then only its head is here.
    if state.isStreamed || response.body.count == 0 {
      response.later.chunk = .transform
      state.reading = type.isEventStream ? .events(AnswerStream()) : .whole
      return .proceed
    }
    response.later.chunk = .drop
    let began = ContinuousClock.now
    defer { state.duration += (ContinuousClock.now - began).microseconds }
    let body = response.body.bytes
    if let service, config.readsAnswers, !type.isEventStream {
      return try await sanitize(&response, by: service)
    }
    var stream = AnswerStream()
    switch read(body, isEvents: type.isEventStream, &stream) {
    case .success(let splices):
      response.body.apply(splices)
      return .proceed
    case .failure(let problem): return .respond(Response(problem))
    }
  }

  /// The edits of a whole answer.
  mutating func read(
    _ body: Bytes, isEvents: Bool, _ stream: inout AnswerStream
  ) -> Result<[Splice], RequestProblem> {
    var work = work
    var failure: String?
    let splices = body.withRaw { bytes in
      if isEvents {
        let step = stream.received(bytes, isLast: true, &work)
        failure = step.failure
        return step.splices
      }
      guard let root = try? JSONNode.validated(in: bytes), root.kind == .object else {
        failure = "the answer is no JSON object"
        return []
      }
      return AnswerBody.splices(of: root, in: bytes, &work)
    }
    if let problem = commit(work, failure) { return .failure(problem) }
    return .success(splices)
  }

  /// Keeps what the work has found; the problem, if the answer may not be told.
  ///
  /// - Parameter failure: Why the answer cannot be read.
  mutating func commit(_ work: AnswerWork, _ failure: String?) -> RequestProblem? {
    for type in work.found { state.count(type.rawValue) }
    if config.blockIfDetected, !work.found.isEmpty { return block("response") }
    state.sanitized += work.replaced
    state.redactor = work.redactor
    guard let failure = work.search?.failure ?? failure else { return nil }
    state.outcome = failure
    return config.readsAnswers && config.stopOnError ? .notSanitized("response") : nil
  }

  /// Something went wrong with an answer that is to be sanitized.
  private mutating func refuse(_ reason: String) -> Response? {
    state.outcome = reason
    return config.stopOnError ? Response(.notSanitized("response")) : nil
  }

  /// By Kong's service: answers in one piece only.
  private mutating func sanitize(
    _ response: inout UpstreamResponse, by service: PIIService
  ) async throws -> ResponseReply {
    let found = response.body.bytes.withRaw { body -> ([TextPlace], [String])? in
      guard let root = try? JSONNode.validated(in: body), root.kind == .object else { return nil }
      let places = TextPlaces(of: root, in: body, .response).places.filter { $0.kind != .number }
      return (places, places.map { $0.node.string(in: body) ?? "" })
    }
    guard let (places, texts) = found else {
      return refuse("the answer is no JSON object").map { .respond($0) } ?? .proceed
    }
    do throws(RequestProblem) {
      guard let sanitized = try await ask(service, texts, about: "response") else {
        return .proceed
      }
      if config.blockIfDetected, state.identified > 0 { throw block("response") }
      var work = work
      for (index, place) in places.enumerated() {
        var lane = Lane(name: "", isJSON: place.kind == .json)
        let said = lane.received(Array(sanitized[index].text.utf8), isLast: true, &work)
        guard said != Array(texts[index].utf8) else { continue }
        response.body.replace(
          place.node.start + 1..<place.node.end - 1, with: JSONEscaping.escaped(said))
      }
      return .proceed
    } catch {
      return .respond(Response(error))
    }
  }
}
