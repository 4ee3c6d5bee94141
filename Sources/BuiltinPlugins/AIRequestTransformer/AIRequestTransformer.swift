// SPDX-License-Identifier: Apache-2.0

import LLMConfig
import PluginSDK
import Transformation

/// Kong's `ai-request-transformer`: has a model rewrite the body of a request, by the operator's prompt, before it goes on.
///
/// It stands in front of `ai-proxy`, which may be on the same route: that gets what the model made.
@main
struct AIRequestTransformer: Plugin, RequestPhase {
  static let manifest = Manifest(
    name: "ai-request-transformer", version: "0.1.0", priority: 777, services: [.http, .sign],
    takesSingleConsumers: false)
  static let schema = ConfigSchema(TransformationConfig.fields, checks: TransformationConfig.checks)

  let config: TransformationConfig
  let transformer: Transformer
  let host: Host

  init(config: TransformationConfig, host: Host) throws {
    self.config = config
    self.host = host
    transformer = try Transformer(config, logPrefix: "ai.ai-request-transformer", host: host)
  }

  var requestInterest: Interest? {
    Interest(
      headers: HeaderInterest(transformer.headers),
      body: .whole(kongLimit: config.maxRequestBodySize),
      deadline: config.deadline)
  }

  func request(_ request: inout Request) async throws -> RequestReply {
    // Nothing to transform.
    guard request.body.count > 0 else { return .proceed }
    do {
      let text = try await transformer.transform(
        request.body.bytes, for: request.original, &request.logFields)
      request.body.replaceAll(with: text)
      return .proceed
    } catch let problem as TransformationProblem {
      host.log.info(problem.message)
      return .respond(problem.response)
    }
  }
}
