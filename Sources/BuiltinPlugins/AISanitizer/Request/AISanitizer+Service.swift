// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PII
import PluginSDK

// Requests that Kong's service looks at.
extension AISanitizer {
  mutating func sanitize(
    _ request: inout Request, by service: PIIService
  ) async throws(RequestProblem) {
    let config = config
    let places: [TextPlace]
    let texts: [String]
    do throws(RequestProblem) {
      (places, texts) = try request.body.bytes.withRaw { body throws(RequestProblem) in
        let places = try Self.places(of: body, config).filter { $0.kind != .number }
        return (places, places.map { $0.node.string(in: body) ?? "" })
      }
    } catch {
      return try goOn(after: error)
    }
    guard let sanitized = try await ask(service, texts, about: "request") else { return }
    if config.blockIfDetected, state.identified > 0 { throw block("request") }
    for (index, place) in places.enumerated() where sanitized[index].text != texts[index] {
      var text = Array(sanitized[index].text.utf8)
      if place.kind == .json, (try? JSONText(validating: text)) == nil {
        // What was no JSON before is none now.
        guard (try? JSONText(validating: Array(texts[index].utf8))) == nil else {
          try refuse("the PII service breaks the JSON of a tool call", "request")
          return
        }
      }
      text = JSONEscaping.escaped(text)
      request.body.replace(place.node.start + 1..<place.node.end - 1, with: text)
    }
  }

  /// What the service makes of texts; nil: it has failed, and they are to go on as they are.
  mutating func ask(
    _ service: PIIService, _ texts: [String], about what: String
  ) async throws(RequestProblem) -> [PIIService.Sanitized]? {
    guard !texts.isEmpty else { return [] }
    let sanitized: [PIIService.Sanitized]
    do throws(PIIService.Failure) {
      sanitized = try await service.sanitize(texts)
    } catch {
      try refuse(error.reason, what)
      return nil
    }
    for item in sanitized.flatMap(\.items) {
      state.count(item.type)
      if !config.blockIfDetected {
        state.sanitized += 1
        state.redactor.learn(
          item.original, item.redacted, name: item.type,
          isRestorable: config.recovers && what == "request")
      }
    }
    return sanitized
  }

  /// Something went wrong: with `stop_on_error` that is the end.
  mutating func refuse(_ reason: String, _ what: String) throws(RequestProblem) {
    host.log.warning("ai-sanitizer: \(reason)")
    state.outcome = reason
    if config.stopOnError { throw .notSanitized(what) }
  }
}
