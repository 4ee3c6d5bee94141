// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

/// Kong's `ai-proxy`: checks a request, sends it to the configured provider with the provider's key,
/// and counts what the answer used.
///
/// The key is a handle here; the host fills it in. Bodies are edited by splices, streams pass through.
@main
struct AIProxy: Plugin, Stateful {
  static let manifest = Manifest(
    name: "ai-proxy", version: "0.1.0", priority: 770, services: [.sign], stateVersion: 2)
  static let schema = ProxyConfig.schema

  let config: ProxyConfig
  let templates: ModelTemplates
  /// Who answers. Where options have placeholders requests get their own; this one reads all answers.
  let backend: Backend
  let prices: TokenPrices?
  /// The key, where the provider wants it in the body.
  let bodySecret: BodySecret?
  /// The id of this entry of the configuration, for the log.
  let id: String
  var state = ProxyState()

  init(config: ProxyConfig, host: Host) throws {
    self.config = config
    templates = try ModelTemplates(config.model)
    backend = try Backend(
      config.model, templates.commonSettings, for: config.routeType, llmFormat: config.llmFormat)
    prices = config.model.prices
    bodySecret = BodySecret(config.auth)
    id = host.instanceID
  }

  /// Whether an answer that is passed on untouched is read when all is over.
  var readsPreserved: Bool { config.routeType == .preserve && config.logging.logStatistics }

  /// Whether it is read when it comes, for what the client gets will be another.
  var readsPreservedAtOnce: Bool { readsPreserved && state.mustBeWhole }

  /// Whether bodies go into the log: Kong wants both switches on.
  var logsPayloads: Bool { config.logging.logsPayloads }

  /// An estimate for an answer without usage of its own.
  func estimate(characters: Int) -> Usage {
    Usage(estimatedPromptTokens: state.promptEstimate, characters: characters)
  }
}
