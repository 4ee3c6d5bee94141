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

  let instance: ProxyInstance
  var state = ProxyState()

  init(config: ProxyConfig, host: Host) throws {
    instance = try ProxyInstance(config, id: host.instanceID)
  }

  /// The API that the route offers.
  var route: RouteType { instance.config.routeType }

  /// Whether an answer that is passed on untouched is read when all is over.
  var readsPreserved: Bool { route == .preserve && instance.config.logging.logStatistics }

  /// Whether it is read when it comes, for what the client gets will be another.
  var readsPreservedAtOnce: Bool { readsPreserved && state.mustBeWhole }

  /// Whether bodies go into the log: Kong wants both switches on.
  var logsPayloads: Bool { instance.config.logging.logsPayloads }

  /// An estimate for an answer without usage of its own.
  func estimate(characters: Int) -> Usage {
    Usage(estimatedPromptTokens: state.promptEstimate, characters: characters)
  }
}
