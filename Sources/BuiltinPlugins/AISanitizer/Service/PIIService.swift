// SPDX-License-Identifier: Apache-2.0

import LLM
import PII
import PluginSDK

/// Kong's PII service: `POST /llm/v1/sanitize`, and `/llm/v1/sanitize_credentials` where only these are asked for.
struct PIIService: Sendable {
  private let url: String
  private let timeout: Duration
  private let http: Host
  private let isOnlyCredentials: Bool
  private let anonymize: [String]
  private let redactType: String
  private let patterns: [SanitizerConfig.CustomPattern]

  init(_ config: SanitizerConfig, host: String, http: Host) {
    isOnlyCredentials = Set(config.anonymize) == ["credentials"]
    let path = isOnlyCredentials ? "/llm/v1/sanitize_credentials" : "/llm/v1/sanitize"
    let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    url = "\(config.scheme)://\(name):\(config.port)\(path)"
    timeout = .milliseconds(config.timeout)
    self.http = http
    anonymize = config.anonymize
    redactType = config.redactType
    patterns = config.customPatterns ?? []
  }

  /// What the service made of one text.
  struct Sanitized: Equatable, Sendable {
    struct Item: Equatable, Sendable {
      var type: String
      var original: String
      var redacted: String
    }

    var text: String
    var items: [Item]
  }

  /// Why there is no answer; for the log, and without anything of the texts.
  struct Failure: Error { var reason: String }

  /// Sends texts, and gets them back in their order.
  func sanitize(_ texts: [String]) async throws(Failure) -> [Sanitized] {
    let response: HTTPResponse
    do {
      let body = self.body(texts)
      response = try await http.http.send(
        HTTPRequest(
          method: "POST", url: url,
          headers: ["content-type": "application/json", "accept": "application/json"], body: body,
          timeout: timeout, responseLimit: max(1 << 20, 8 * body.count)))
    } catch let error as HostError {
      throw Failure(reason: "the PII service does not answer: \(error.code)")
    } catch {
      throw Failure(reason: "the call ended before the PII service answered")
    }
    guard response.status == 200 else {
      throw Failure(reason: "the PII service answered with status \(response.status)")
    }
    guard let sanitized = Self.read(response.body, count: texts.count) else {
      throw Failure(reason: "the PII service's answer cannot be read")
    }
    return sanitized
  }

  private func body(_ texts: [String]) -> [UInt8] {
    JSONText {
      $0.object {
        $0.key("text")
        $0.array {
          for (index, text) in texts.enumerated() {
            $0.object {
              $0.member("msg_id", index + 1)
              $0.member("text", text)
            }
          }
        }
        guard !isOnlyCredentials else { return }
        $0.key("anonymize")
        $0.array { for name in anonymize { $0.string(name) } }
        $0.key("options")
        $0.object { $0.member("redact_type", redactType) }
        guard !patterns.isEmpty else { return }
        $0.key("custom_patterns")
        $0.array {
          for pattern in patterns {
            $0.object {
              $0.member("name", pattern.name)
              $0.member("regex", pattern.regex)
              // The service takes no whole number for it: `1` must be `1.0`.
              $0.member("score", JSONText(unchecked: Array(pattern.score.description.utf8)))
            }
          }
        }
      }
    }.bytes
  }

  private static func read(_ body: Bytes, count: Int) -> [Sanitized]? {
    guard let json = try? body.withUnsafeBytes({ try JSONValue(parsing: $0) }),
      let texts = json["text"]?.array, texts.count == count
    else { return nil }
    var sanitized = [Sanitized?](repeating: nil, count: count)
    for text in texts {
      guard let id = text["msg_id"]?.int, (1...count).contains(id), sanitized[id - 1] == nil,
        let said = text["sanitized_text"]?.text
      else { return nil }
      let items = (text["analyzer_results"]?.array ?? []).compactMap { item -> Sanitized.Item? in
        guard let type = item["entity_type"]?.text, let original = item["original_text"]?.text,
          let redacted = item["redact_text"]?.text
        else { return nil }
        return Sanitized.Item(type: type, original: original, redacted: redacted)
      }
      sanitized[id - 1] = Sanitized(text: said, items: items)
    }
    let whole = sanitized.compactMap { $0 }
    return whole.count == count ? whole : nil
  }
}
