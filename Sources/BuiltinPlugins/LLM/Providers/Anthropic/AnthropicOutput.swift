// SPDX-License-Identifier: Apache-2.0

/// The shape and the effort of an answer: the API's `output_config`.
///
/// The API has schemas and no plain JSON mode. Where it has no way to make sure of a shape, the model is asked for it in
/// words, and `response_format` is named as unsupported, as words are no guarantee.
struct AnthropicOutput: Sendable {
  /// The `output_config` of the request.
  private(set) var member: JSONText?
  /// What the model is asked for in words.
  private(set) var instruction: String?

  init(
    _ chat: ChatRequest, _ model: AnthropicModel, _ parameters: AnthropicParameters,
    _ unsupported: inout [String]
  ) {
    let schema = schema(chat.responseFormat, model, &unsupported)
    let effort = parameters.thinking.effort
    if let own = parameters.ownOutput {
      // What the client says in Anthropic's own words holds.
      member = own
      if schema != nil { unsupported.append("response_format") }
      if effort != nil { unsupported.append("reasoning_effort") }
      return
    }
    guard schema != nil || effort != nil else { return }
    member = JSONText {
      $0.object {
        $0.member("effort", effort)
        guard let schema else { return }
        $0.key("format")
        $0.object {
          $0.member("type", "json_schema")
          $0.member("schema", schema)
        }
      }
    }
  }

  private mutating func schema(
    _ format: ResponseFormat?, _ model: AnthropicModel, _ unsupported: inout [String]
  ) -> JSONText? {
    switch format {
    case .text, nil: return nil
    case .other:
      unsupported.append("response_format")
      return nil
    case .jsonObject:
      unsupported.append("response_format")
      instruction =
        "Answer with one valid JSON object and nothing else: no other text, no code fence."
      return nil
    case .jsonSchema(let text):
      guard let schema = (try? JSONTree(parsing: text.bytes))?["schema"], case .object = schema
      else {
        unsupported.append("response_format.json_schema.schema")
        return nil
      }
      if model.hasStructuredOutputs { return AnthropicSchema.closed(schema).text }
      unsupported.append("response_format")
      instruction =
        "Answer with JSON that is valid by this JSON Schema and nothing else: no other text, no"
        + " code fence.\n\(schema.text.string)"
      return nil
    }
  }
}
