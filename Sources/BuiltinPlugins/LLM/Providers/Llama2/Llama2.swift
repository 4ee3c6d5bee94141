// SPDX-License-Identifier: Apache-2.0

/// Llama 2 at a server that only continues texts: Kong's `raw` format. The server speaks the API of Text Generation
/// Inference, and the conversation is put into the model's own prompt here.
package struct Llama2: Provider {
  package let name = "llama2"

  /// The model.
  package init() {}

  package var origin: String? { nil }

  package func request(
    _ chat: ChatRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    let prompt = Llama2Prompt(chat)
    let asked = TextGenerationRequest(inputs: prompt.text, chat, call)
    var request = ProviderRequest(path: HuggingFace.generate(call), body: asked.body)
    request.unsupported = prompt.unsupported + asked.unsupported
    return request
  }

  package func answer(
    _ body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> ChatResponse {
    do throws(JSONError) {
      var answer = try ChatResponse(textGeneration: JSONNode.validated(in: body), in: body)
      for place in answer.choices.indices {
        let text = Llama2Prompt.answer(in: answer.choices[place].message.text)
        answer.choices[place].message.content = text.isEmpty ? [] : [.text(text)]
      }
      return answer
    } catch {
      if let error = self.error(body, status: 500) { throw ProviderProblem(error) }
      throw .unreadable(name, "\(error)")
    }
  }

  package func error(_ body: RawSpan, status: Int) -> ChatError? {
    ChatError(huggingFace: body, status: status)
  }

  package func usageHeaders(_ route: RouteType) -> UsageHeaders? { .textGeneration }

  package func events(_ call: ProviderCall) -> ProviderEvents {
    .textGeneration(TextGenerationEvents())
  }

  package func path(configured: String, _ request: ProviderRequest) -> String {
    HuggingFace.generationPath(configured, request.path)
  }
}
