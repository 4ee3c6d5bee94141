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
    let framing = StreamFraming(type)
    guard encoding == "identity", type.isJSON || framing != nil else {
      response.later.chunk = .drop
      // Pictures and sound have no text. What is compressed may have.
      guard config.readsAnswers, encoding != "identity" else { return .proceed }
      return refuse("the answer is compressed").map { .respond($0) } ?? .proceed
    }
    // Another plugin may make a stream that nobody has asked for: then only its head is here.
    if service != nil, config.readsAnswers, response.body.count == 0, response.source == .plugin {
      response.later.chunk = .drop
      return refuse("the PII service cannot be asked about what a plugin makes").map {
        .respond($0)
      } ?? .proceed
    }
    if state.isStreamed || response.body.count == 0 {
      response.later.chunk = .transform
      state.reading = framing.map { .events(AnswerStream($0)) } ?? .whole
      return .proceed
    }
    response.later.chunk = .drop
    let began = ContinuousClock.now
    defer { state.duration += (ContinuousClock.now - began).microseconds }
    let body = response.body.bytes
    let isArray = framing == nil && body.withRaw { $0.firstByte == UInt8(ascii: "[") }
    let stream = isArray ? .array : framing
    if let service, config.readsAnswers {
      return try await sanitize(&response, stream, by: service)
    }
    switch sanitized(body, stream) {
    case .success(let splices):
      response.body.apply(splices)
      return .proceed
    case .failure(let problem): return .respond(Response(problem))
    }
  }

  /// The edits of a whole answer.
  ///
  /// - Parameter framing: Of a stream that is whole; nil: it is none.
  mutating func sanitized(
    _ body: Bytes, _ framing: StreamFraming?
  ) -> Result<[Splice], RequestProblem> {
    var work = work
    let step = read(body, framing, &work)
    if let problem = commit(work, step.failure) { return .failure(problem) }
    return .success(step.splices)
  }

  func read(
    _ body: Bytes, _ framing: StreamFraming?, _ work: inout AnswerWork
  ) -> AnswerStream.Step {
    body.withRaw { bytes in
      if let framing {
        var stream = AnswerStream(framing)
        return stream.received(bytes, isLast: true, &work)
      }
      var step = AnswerStream.Step()
      if let root = try? JSONNode.validated(in: bytes), root.kind == .object {
        step.splices = AnswerBody.splices(of: root, in: bytes, &work)
      } else {
        step.failure = "the answer is no JSON object"
      }
      return step
    }
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
  mutating func refuse(_ reason: String) -> Response? {
    state.outcome = reason
    return config.stopOnError ? Response(.notSanitized("response")) : nil
  }
}
