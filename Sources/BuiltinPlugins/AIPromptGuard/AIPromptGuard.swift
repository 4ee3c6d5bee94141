// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

/// Kong's `ai-prompt-guard`: a prompt that matches a deny pattern, or none of the allow patterns, is refused.
///
/// It reads what the model would read, decoded, and changes nothing. What it cannot read it refuses.
@main
struct AIPromptGuard: Plugin {
  static let manifest = Manifest(name: "ai-prompt-guard", version: "0.1.0", priority: 771)
  static let schema = GuardConfig.schema

  /// Who asks, for the log of refusals.
  private static let consumer = "consumer.id"

  private let config: GuardConfig
  private let rules: GuardRules
  /// What clients speak; nil: OpenAI's API.
  private let format: (any NativeFormat)?

  init(config: GuardConfig, host: Host) throws {
    self.config = config
    rules = try GuardRules(allow: config.allowPatterns ?? [], deny: config.denyPatterns ?? [])
    format =
      ProviderCatalog.provider(config.llmFormat, ProviderSettings()) as? any NativeFormat
  }
}

extension AIPromptGuard: RequestPhase {
  var requestInterest: Interest? {
    Interest(
      body: .whole(kongLimit: config.maxRequestBodySize), variables: [Self.consumer],
      inspects: true)
  }

  mutating func request(_ request: inout Request) -> RequestReply {
    do throws(RequestProblem) {
      let prompt = GuardedPrompt(
        try PromptTexts(of: request, format: format), allRoles: config.matchesAllRoles,
        last: config.ignoresHistory)
      guard let reason = rules.refusal(of: prompt) else { return .proceed }
      return refuse(&request, reason.rawValue)
    } catch {
      return refuse(&request, error.message)
    }
  }

  /// The client learns no more than Kong's tells, unless the operator wants it; the log has the reason.
  private func refuse(_ request: inout Request, _ reason: String) -> RequestReply {
    let consumer = request.variables[Self.consumer]?.text ?? "unknown"
    for (name, value) in [
      ("reason", reason), ("source", "ai-prompt-guard"), ("consumer_id", consumer),
    ] {
      request.logFields["ai.proxy.prompt-guard.input_block_\(name)"] = .string(value)
    }
    let problem = RequestProblem(message: config.patchbay.revealReason ? reason : "bad request")
    return .respond(Response(problem))
  }
}
