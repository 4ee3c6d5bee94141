// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

/// One entry of the configuration, ready for its exchanges, which share it: what is the same for all of them is made once.
final class ProxyInstance: Sendable {
  let config: ProxyConfig
  let templates: ModelTemplates
  /// Who answers. Where options have placeholders requests get their own; this one reads all answers.
  let backend: Backend
  /// Its own address; nil where only the configuration can tell one.
  let address: UpstreamAddress?
  /// The key, where the provider wants it in the body.
  let bodySecret: BodySecret?
  /// The key, where the host makes it.
  let identity: CloudIdentity
  /// Where providers look for keys, and ours is not.
  let foreignKeyFields: [String]
  /// The id of this entry of the configuration, for the log.
  let id: String

  init(_ config: ProxyConfig, id: String) throws {
    self.config = config
    self.id = id
    templates = try ModelTemplates(config.model)
    backend = try Backend(
      config.model, templates.commonSettings, for: config.routeType, llmFormat: config.llmFormat)
    address = backend.address
    bodySecret = BodySecret(config.auth)
    identity = CloudIdentity(config.auth, config.model, config.patchbay.cloud)
    let own = config.auth.headerName?.lowercased()
    foreignKeyFields = Self.keyFields.filter { $0 != own }
  }

  /// Where providers look for keys. What a client has there is its key for the gateway, which is no provider's
  /// business; and some providers would believe it more than ours.
  private static let keyFields = ["authorization", "x-api-key", "api-key", "x-goog-api-key"]
}
