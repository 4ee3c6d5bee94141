// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK
import Transformation

/// Kong's `ai-response-transformer`: has a model rewrite the body of a response, by the operator's prompt.
///
/// The response is waited for whole. It stands in front of `ai-proxy`, so that it sees an answer when that has put it into
/// OpenAI's words and has counted it, and other plugins see what the model made of it.
@main
struct AIResponseTransformer: Plugin, RequestPhase, ResponsePhase {
  static let manifest = Manifest(
    name: "ai-response-transformer", version: "0.1.0", priority: 768, services: [.http, .sign],
    position: 771)
  static let schema = ResponseTransformerConfig.schema

  let config: ResponseTransformerConfig
  let transformer: Transformer
  let host: Host

  init(config: ResponseTransformerConfig, host: Host) throws {
    self.config = config
    self.host = host
    transformer = try Transformer(
      config.transformation, logPrefix: "ai.ai-response-transformer", host: host)
  }

  func request(_ request: inout Request) -> RequestReply {
    request.variables[LLMVariables.wantsWholeAnswer] = true
    return .proceed
  }

  var responseInterest: Interest? {
    Interest(
      headers: HeaderInterest(["content-type", "content-encoding"] + transformer.headers),
      body: .whole(), deadline: config.transformation.deadline)
  }

  func response(_ response: inout UpstreamResponse) async throws -> ResponseReply {
    guard isTransformed(response) else { return .proceed }
    do {
      let text = try await transformer.transform(
        response.body.bytes, for: response.request, &response.logFields)
      if config.readsInstructions {
        try ResponseInstructions(text).apply(to: &response)
      } else {
        response.body.replaceAll(with: text)
      }
      return .proceed
    } catch let problem as TransformationProblem {
      host.log.info(problem.message)
      return .respond(problem.response)
    }
  }

  /// What the upstream says, whatever its status, and what a plugin answered in its place; but not refusals of plugins and
  /// errors of the host.
  private func isTransformed(_ response: UpstreamResponse) -> Bool {
    guard response.body.count > 0 else { return false }
    switch response.source {
    case .upstream: return true
    case .plugin: return response.status < 400
    case .host: return false
    }
  }
}
