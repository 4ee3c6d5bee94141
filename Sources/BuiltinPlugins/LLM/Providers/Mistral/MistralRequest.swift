// SPDX-License-Identifier: Apache-2.0

/// A chat in Mistral's format. Nothing may be in it that Mistral does not know: it answers 422 to any other member.
struct MistralRequest {
  /// What the client asked for and Mistral cannot take.
  private(set) var unsupported: [String] = []
  private let chat: ChatRequest
  private let call: ProviderCall

  init(_ chat: ChatRequest, _ call: ProviderCall) {
    self.chat = chat
    self.call = call
  }

  mutating func body() -> [UInt8] {
    var messages = MistralMessages(chat.messages)
    var writer = JSONWriter()
    writer.object {
      $0.member("model", call.model)
      $0.key("messages")
      messages.write(to: &$0)
      unsupported = messages.unsupported
      writeTools(to: &$0)
      writeSampling(to: &$0)
      writeFormat(to: &$0)
      $0.member("stream", call.isStreamed)
      for field in chat.unknown { write(field, to: &$0) }
    }
    return writer.bytes
  }

  private mutating func writeTools(to writer: inout JSONWriter) {
    if !chat.tools.isEmpty {
      writer.key("tools")
      writer.array {
        for (index, tool) in chat.tools.enumerated() {
          switch tool {
          case .function(let function): Self.write(function, to: &$0)
          case .other: unsupported.append("tools[\(index)]")
          }
        }
      }
    }
    switch chat.toolChoice {
    case nil: break
    case .auto: writer.member("tool_choice", "auto")
    case .forbidden: writer.member("tool_choice", "none")
    case .required: writer.member("tool_choice", "any")
    case .other: unsupported.append("tool_choice")
    case .function(let name):
      writer.key("tool_choice")
      writer.object {
        $0.member("type", "function")
        $0.key("function")
        $0.object { $0.member("name", name) }
      }
    }
    writer.member("parallel_tool_calls", chat.allowsParallelToolCalls)
  }

  private static func write(_ function: ChatTool.Function, to writer: inout JSONWriter) {
    writer.object {
      $0.member("type", "function")
      $0.key("function")
      $0.object {
        $0.member("name", function.name)
        $0.member("description", function.description)
        // OpenAI's client may leave them out.
        $0.member("parameters", function.parameters ?? .noParameters)
        $0.member("strict", function.isStrict)
      }
    }
  }

  private func writeSampling(to writer: inout JSONWriter) {
    let sampling = chat.sampling
    writer.member("temperature", sampling.temperature)
    writer.member("top_p", sampling.topP)
    writer.member("top_k", sampling.topK)
    writer.member("max_tokens", sampling.maxTokens)
    writer.member("random_seed", sampling.seed)
    writer.member("presence_penalty", sampling.presencePenalty)
    writer.member("frequency_penalty", sampling.frequencyPenalty)
    guard !sampling.stop.isEmpty else { return }
    writer.key("stop")
    writer.array { for text in sampling.stop { $0.string(text) } }
  }

  private mutating func writeFormat(to writer: inout JSONWriter) {
    guard let format = chat.responseFormat else { return }
    if case .other = format { return unsupported.append("response_format") }
    writer.key("response_format")
    writer.object {
      switch format {
      case .jsonObject: $0.member("type", "json_object")
      case .jsonSchema(let schema):
        $0.member("type", "json_schema")
        $0.member("json_schema", schema)
      case .text, .other: $0.member("type", "text")
      }
    }
  }

  private mutating func write(_ field: UnknownField, to writer: inout JSONWriter) {
    guard !field.isDefault else { return }
    switch field.key {
    case "guardrails", "metadata", "min_tokens", "n", "prediction", "prompt_cache_key",
      "prompt_mode",
      "reasoning_effort", "repetition_penalty", "safe_prompt":
      writer.member(field.key, field.value)
    case "random_seed" where chat.sampling.seed == nil: writer.member(field.key, field.value)
    // OpenAI's tiers are others.
    case "service_tier" where ["\"auto\"", "\"standard_only\""].contains(field.value.string):
      writer.member(field.key, field.value)
    // What comes back in a stream has no place in the gateway's chunks.
    case "logprobs" where !call.isStreamed, "top_logprobs" where !call.isStreamed:
      writer.member(field.key, field.value)
    default: unsupported.append(field.key)
    }
  }
}

extension JSONText {
  /// The schema of a function without parameters, for providers that must have one.
  static let noParameters = JSONText(unchecked: Array(#"{"type":"object","properties":{}}"#.utf8))
}
