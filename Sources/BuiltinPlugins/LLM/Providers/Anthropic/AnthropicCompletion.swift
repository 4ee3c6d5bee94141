// SPDX-License-Identifier: Apache-2.0

extension Anthropic {
  /// A request of the Text Completions API: the prompt as the one thing that a human said.
  func textCompletion(
    _ chat: ChatRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    var unsupported: [String] = []
    let sampling = chat.sampling
    var user: String?
    for field in chat.unknown {
      switch field.key {
      case "user": user = field.value.content
      default:
        if !field.saysNothing { unsupported.append(field.key) }
      }
    }
    if sampling.seed != nil { unsupported.append("seed") }
    if sampling.presencePenalty.map({ $0.double != 0 }) == true {
      unsupported.append("presence_penalty")
    }
    if sampling.frequencyPenalty.map({ $0.double != 0 }) == true {
      unsupported.append("frequency_penalty")
    }

    var writer = JSONWriter()
    writer.object {
      $0.member("model", call.model)
      $0.member("prompt", "\n\nHuman: \(chat.messages.map(\.text).joined())\n\nAssistant:")
      $0.member("max_tokens_to_sample", sampling.maxTokens ?? .integer(4096))
      $0.member("temperature", sampling.temperature)
      $0.member("top_p", sampling.topP)
      $0.member("top_k", sampling.topK)
      if !sampling.stop.isEmpty {
        $0.key("stop_sequences")
        $0.array { for text in sampling.stop { $0.string(text) } }
      }
      if let user {
        $0.key("metadata")
        $0.object { $0.member("user_id", user) }
      }
      if call.isStreamed { $0.member("stream", true) }
    }
    var request = ProviderRequest(path: "/v1/complete", body: writer.bytes)
    request.headers = [.init("anthropic-version", version)]
    request.unsupported = unsupported
    return request
  }
}
