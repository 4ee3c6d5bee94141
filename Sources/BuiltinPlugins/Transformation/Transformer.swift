// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import Patterns
package import PluginSDK

/// Has a model make another text of a text: what Kong's two transformers do.
package struct Transformer: Sendable {
  private let client: LLMClient
  private let prompt: String
  private let pattern: Pattern?
  private let host: Host
  /// The block of the log that the calls go into: `ai.ai-request-transformer`.
  private let logPrefix: String

  /// - Throws: `ConfigError` for what no request could be made of, and a pattern that is none.
  package init(_ config: TransformationConfig, logPrefix: String, host: Host) throws {
    client = try LLMClient(config.llm, config.patchbay, config.transport, at: "/llm")
    prompt = config.prompt
    pattern = try config.pattern.map {
      try Pattern(
        $0, TransformationConfig.patternOptions, at: "/transformation_extract_pattern")
    }
    self.host = host
    self.logPrefix = logPrefix
  }

  /// The headers of a client's request that the model's options refer to.
  package var headers: [String] { client.headers }

  /// Asks the model, and writes what that used into the log, also where nothing can be made of the answer.
  ///
  /// - Throws: ``TransformationProblem``; `CancellationError` when the call ended.
  package func transform(
    _ body: Bytes, for request: RequestHead, _ fields: inout LogFields
  ) async throws -> String {
    guard let text = String(validating: Array(body), as: UTF8.self) else {
      throw TransformationProblem.introspection("the body is not text in UTF-8")
    }
    let answer: LLMAnswer
    do {
      answer = try await client.ask(question(text), for: request, host: host)
    } catch let failure as LLMFailure {
      throw TransformationProblem(failure)
    }
    answer.log(logPrefix, pluginID: host.instanceID, client.record, to: &fields)
    guard let content = answer.text else { throw TransformationProblem.noChoices }
    guard let pattern else { return content }
    return try Self.firstMatch(of: pattern, in: content)
  }

  private static func firstMatch(
    of pattern: Pattern, in text: String
  ) throws(TransformationProblem) -> String {
    let bytes = Array(text.utf8)
    let found: Range<Int>?
    do throws(Pattern.Exhausted) {
      found = try pattern.firstMatch(in: bytes.span.bytes)
    } catch {
      throw TransformationProblem(status: 500, "\(error)")
    }
    guard let found else { throw .noMatch }
    return String(decoding: bytes[found], as: UTF8.self)
  }

  private func question(_ text: String) -> ChatRequest {
    func message(_ role: ChatRole, _ text: String) -> ChatMessage {
      ChatMessage(role: role, content: [.text(text)])
    }
    // Some models of Bedrock know no instructions: they are told them as Kong does.
    let model = client.record.model
    let takesInstructions =
      model.provider != "bedrock" || Bedrock.takesInstructions(model: model.name ?? "")
    let opening =
      takesInstructions
      ? [message(.system, prompt)]
      : [message(.user, prompt), message(.assistant, "What is the message?")]
    return ChatRequest(model: nil, messages: opening + [message(.user, text)])
  }
}
