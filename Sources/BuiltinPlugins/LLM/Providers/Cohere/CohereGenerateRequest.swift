// SPDX-License-Identifier: Apache-2.0

/// A text to go on with, in the format of `/v1/generate`.
struct CohereGenerateRequest {
  /// What the client asked for and Cohere cannot take.
  private(set) var unsupported: [String] = []
  private let chat: ChatRequest
  private let call: ProviderCall

  /// - Parameter chat: one message, the prompt.
  init(_ chat: ChatRequest, _ call: ProviderCall) {
    self.chat = chat
    self.call = call
  }

  /// - Throws: for a conversation, which is more than a text.
  mutating func body() throws(RequestProblem) -> [UInt8] {
    guard call.route == .completions, chat.messages.count == 1 else {
      throw RequestProblem(
        message:
          "Cohere's /v1/generate takes completions: chats need an upstream_url that ends in /v2/chat"
      )
    }
    var writer = JSONWriter()
    writer.object {
      $0.member("model", call.model)
      $0.member("prompt", chat.messages[0].text)
      unsupported += CohereSampling.write(chat.sampling, to: &$0)
      $0.member("stream", call.isStreamed)
      for field in chat.unknown where !field.isDefault {
        switch field.key {
        case "n": $0.member("num_generations", field.value)
        case "end_sequences", "preset", "raw_prompting", "truncate":
          $0.member(field.key, field.value)
        default: unsupported.append(field.key)
        }
      }
    }
    return writer.bytes
  }
}
