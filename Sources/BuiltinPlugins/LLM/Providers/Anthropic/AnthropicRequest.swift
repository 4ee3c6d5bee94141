// SPDX-License-Identifier: Apache-2.0

extension Anthropic {
  /// A request for a message.
  func messagesRequest(
    _ chat: ChatRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    var unsupported: [String] = []
    let model = AnthropicModel(call.model)
    let parameters = AnthropicParameters(chat, model, version: version, &unsupported)
    let conversation = try AnthropicConversation(chat)
    let output = AnthropicOutput(chat, model, parameters, &unsupported)
    let tools = AnthropicTools(chat, model, &unsupported)

    var writer = JSONWriter()
    writer.object {
      $0.member("model", call.model)
      $0.member("max_tokens", parameters.maxTokens)
      conversation.writeSystem(to: &$0, output.instruction, &unsupported)
      $0.key("messages")
      conversation.writeMessages(to: &$0, &unsupported)
      tools.write(to: &$0)
      parameters.write(to: &$0)
      $0.member("output_config", output.member)
      if call.isStreamed { $0.member("stream", true) }
    }
    var request = ProviderRequest(path: "/v1/messages", body: writer.bytes)
    request.headers = [.init("anthropic-version", version)]
    if conversation.hasUploadedFiles, version < Self.versionWithoutSampling {
      request.headers.append(.init("anthropic-beta", "files-api-2025-04-14"))
    }
    request.unsupported = unsupported
    return request
  }
}
