// SPDX-License-Identifier: Apache-2.0

/// OpenAI's format as Hugging Face's router and servers take it.
enum HuggingFaceChat {
  /// - Parameter isHosted: The router is asked, and not a server that may be TGI.
  static func body(_ chat: ChatRequest, _ call: ProviderCall, isHosted: Bool) -> [UInt8] {
    var asked = chat
    asked.model = call.model
    asked.isStreamed = call.isStreamed
    // The count of a stream is told only to who asks.
    asked.asksForUsage = true
    if let topK = chat.sampling.topK { asked.unknown.append(UnknownField("top_k", topK)) }
    for place in asked.messages.indices where asked.messages[place].role == .developer {
      asked.messages[place].role = .system
    }
    if !isHosted, let format = serverFormat(chat.responseFormat) {
      asked.responseFormat = .other(format)
    }
    return asked.openAI
  }

  /// TGI wants the schema as `value`; others, as OpenAI, do not look at that.
  private static func serverFormat(_ format: ResponseFormat?) -> JSONText? {
    switch format {
    case .jsonObject:
      JSONText {
        $0.object {
          $0.member("type", "json_object")
          $0.member("value", JSONText.anyObject)
        }
      }
    case .jsonSchema(let description):
      JSONText {
        $0.object {
          $0.member("type", "json_schema")
          $0.member("json_schema", description)
          $0.member("value", description)
        }
      }
    case nil, .text, .other: nil
    }
  }
}

/// OpenAI's format for texts to continue, as TGI takes it.
enum HuggingFaceCompletion {
  static func body(
    _ chat: ChatRequest, _ call: ProviderCall
  ) -> (body: [UInt8], unsupported: [String]) {
    let sampling = chat.sampling
    let body = JSONText { writer in
      writer.object {
        $0.member("model", call.model)
        $0.member("prompt", chat.messages.last?.text ?? "")
        $0.member("max_tokens", sampling.maxTokens)
        $0.member("temperature", sampling.temperature)
        $0.member("top_p", sampling.topP)
        $0.member("top_k", sampling.topK)
        $0.member("seed", sampling.seed)
        $0.member("presence_penalty", sampling.presencePenalty)
        $0.member("frequency_penalty", sampling.frequencyPenalty)
        if !sampling.stop.isEmpty {
          $0.key("stop")
          $0.array { for text in sampling.stop { $0.string(text) } }
        }
        $0.member("stream", call.isStreamed)
        if call.isStreamed {
          $0.key("stream_options")
          $0.object { $0.member("include_usage", true) }
        }
        $0.members(chat.unknown)
      }
    }
    return (body.bytes, chat.responseFormat == nil ? [] : ["response_format"])
  }
}

extension ChatResponse {
  /// An answer in OpenAI's format, of a chat or of a completion, with TGI's names for the reasons to stop.
  init(huggingFace root: JSONNode, in body: RawSpan) throws(JSONError) {
    try self.init(openAI: body)
    for place in choices.indices {
      if case .other(let reason)? = choices[place].finishReason {
        choices[place].finishReason = FinishReason(provider: reason)
      }
      // A completion has a text where a chat has a message.
      guard let text = choices[place].unknown.firstIndex(where: { $0.key == "text" }) else {
        continue
      }
      let value = choices[place].unknown.remove(at: text).value.bytes
      let span = value.span.bytes
      if let words = try JSONNode(scanning: span).string(in: span), !words.isEmpty {
        choices[place].message.content = [.text(words)]
      }
    }
  }
}
