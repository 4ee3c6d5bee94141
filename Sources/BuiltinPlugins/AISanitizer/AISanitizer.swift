// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PII
import PluginSDK

/// Kong's `ai-sanitizer`: what is personal or secret in a request does not reach the model, and in an answer not the client.
///
/// Finding is the work of the library `PII`, or of Kong's service where one is configured. Here texts are found in bodies,
/// values replaced by splices, and put back into answers, streamed ones too.
@main
struct AISanitizer: Plugin, Stateful {
  static let manifest = Manifest(
    name: "ai-sanitizer", version: "0.1.0", priority: 776, services: [.http])
  static let schema = SanitizerConfig.schema

  let config: SanitizerConfig
  let host: Host
  let scanner: Scanner
  let patterns: CustomPatterns?
  let service: PIIService?
  var state: SanitizerState

  init(config: SanitizerConfig, host: Host) throws {
    self.config = config
    self.host = host
    let asked = PIICategory.asked(by: config.anonymize)
    patterns = asked.contains(.custom) ? try CustomPatterns(config.customPatterns ?? []) : nil
    scanner = Scanner(asked)
    service = config.host.map { PIIService(config, host: $0, http: host) }
    state = SanitizerState(config.style)
  }
}
