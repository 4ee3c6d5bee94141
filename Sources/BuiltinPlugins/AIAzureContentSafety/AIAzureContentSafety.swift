// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

/// Kong's `ai-azure-content-safety`: has Azure AI Content Safety look at prompts and answers, and refuses those that it
/// rates too high.
///
/// It changes nothing. A streamed answer is held back until what was said so far has been looked at.
@main
struct AIAzureContentSafety: Plugin, Stateful {
  static let manifest = Manifest(
    name: "ai-azure-content-safety", version: "0.1.0", priority: 774, services: [.http, .sign],
    takesConsumers: false)
  static let schema = SafetyConfig.schema
  /// For one look at a text, however long: the host's own is for plugins that ask nobody.
  static let deadline = Duration.seconds(60)

  let config: SafetyConfig
  let service: SafetyService
  /// What clients speak; nil: OpenAI's API.
  let format: (any NativeFormat)?
  var state = SafetyState()

  init(config: SafetyConfig, host: Host) throws {
    self.config = config
    service = try SafetyService(config, host: host)
    format =
      ProviderCatalog.provider(config.patchbay.llmFormat, ProviderSettings()) as? any NativeFormat
  }
}

/// What is looked at.
enum GuardedSide: String {
  case input, output

  /// How a refusal begins.
  var failure: String {
    self == .input ? "request failed content safety check" : "response failed content safety check"
  }
}

extension AIAzureContentSafety {
  /// Looks at texts, and writes what came of it into the log.
  ///
  /// - Returns: What the client is told; nil: they may pass.
  func refusal(
    of texts: [[UInt8]], _ side: GuardedSide, _ log: inout SafetyLog
  ) async throws -> RequestProblem? {
    let started = ContinuousClock.now
    defer { log.looked((ContinuousClock.now - started).wholeMicroseconds) }
    do {
      let findings = try await service.analyse(texts)
      log.note(findings)
      guard let reason = findings.reason(by: config) else { return nil }
      log.refused(reason, texts)
      return problem(status: 400, side.failure, reason)
    } catch let failure as SafetyFailure {
      log.failed(failure.reason)
      return refusal(failure)
    }
  }

  /// What the client is told of something that could not be looked at; nil: it passes all the same.
  func refusal(_ failure: SafetyFailure) -> RequestProblem? {
    guard config.stopsOnError else { return nil }
    return problem(status: 500, SafetyFailure.message, failure.reason)
  }

  private func problem(status: Int, _ what: String, _ reason: String) -> RequestProblem {
    RequestProblem(
      status: status, message: config.revealsReason ? "\(what): \(reason)" : what)
  }
}
