// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PII
import PluginSDK

// Answers that Kong's service looks at: in one piece, or a stream that has waited until it was whole.
extension AISanitizer {
  mutating func sanitize(
    _ response: inout UpstreamResponse, _ framing: StreamFraming?, by service: PIIService
  ) async throws -> ResponseReply {
    let body = response.body.bytes
    var work = work
    work.sanitizes = true
    work.service = ServiceTexts()
    if let failure = read(body, framing, &work).failure {
      return refuse(failure).map { .respond($0) } ?? .proceed
    }
    let texts = work.service?.texts ?? []
    do throws(RequestProblem) {
      guard
        let sanitized = try await ask(
          service, texts.map { String(decoding: $0, as: UTF8.self) }, about: "response")
      else { return .proceed }
      if config.blockIfDetected, state.identified > 0 { throw block("response") }
      work.service?.answers = restored(sanitized)
      response.body.apply(read(body, framing, &work).splices)
      return .proceed
    } catch {
      return .respond(Response(error))
    }
  }

  /// The values of the request in the place of its placeholders. One that the service has used again, for a value of the
  /// answer, is none.
  private func restored(_ answers: [PIIService.Sanitized]) -> [[UInt8]] {
    let used = Set(answers.flatMap(\.items).map { Array($0.redacted.utf8) })
    var work = work
    work.sanitizes = false
    work.restorer = Restorer(
      config.recovers ? state.redactor.entries.filter { !used.contains($0.replacement) } : [])
    return answers.map { answer in
      var lane = Lane(name: "", isJSON: false)
      let text = Array(answer.text.utf8)
      return work.restorer.isEmpty ? text : lane.received(text, isLast: true, &work)
    }
  }
}

/// The texts of an answer for the service, and what it has made of them. An answer is read twice: once to gather them, once to
/// put them in place.
struct ServiceTexts {
  private(set) var texts: [[UInt8]] = []
  /// Once they are known, texts are put in place.
  var answers: [[UInt8]]? {
    didSet { next = 0 }
  }
  private var lanes: [String: Int] = [:]
  private var told: Set<String> = []
  private var next = 0

  /// A text that is whole.
  mutating func whole(_ text: [UInt8]) -> [UInt8] {
    defer { next += 1 }
    guard let answers else {
      texts.append(text)
      return text
    }
    return answers[next]
  }

  /// More of a text: all that has become of it comes in the place of its first part that says something.
  mutating func part(_ text: [UInt8], of lane: String) -> [UInt8] {
    guard let answers else {
      if let place = lanes[lane] {
        texts[place] += text
      } else if !text.isEmpty {
        lanes[lane] = next
        texts.append(text)
        next += 1
      }
      return text
    }
    guard let place = lanes[lane], !text.isEmpty, told.insert(lane).inserted else { return [] }
    next += 1
    return answers[place]
  }
}
