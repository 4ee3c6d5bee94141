// SPDX-License-Identifier: Apache-2.0

extension ChatResponse {
  /// The answer with all that a strict client wants and a provider may leave out: an id, a time, a model, ids of tool
  /// calls, and the finish reason of a choice that calls tools.
  package func completed(for call: ProviderCall) -> ChatResponse {
    var answer = self
    if answer.id.isEmpty { answer.id = call.id }
    if answer.created == 0 { answer.created = call.created }
    if answer.model.isEmpty { answer.model = call.model }
    for place in answer.choices.indices {
      let index = answer.choices[place].index
      let calls = answer.choices[place].message.toolCalls.indices
      for number in calls where (answer.choices[place].message.toolCalls[number].id ?? "").isEmpty {
        answer.choices[place].message.toolCalls[number].id = ProviderCall.toolCallID(
          answer: answer.id, choice: index, number: number)
      }
      let reason = answer.choices[place].finishReason ?? .stop
      answer.choices[place].finishReason = reason == .stop && !calls.isEmpty ? .toolCalls : reason
    }
    return answer
  }

  /// Characters (Unicode scalars) that were generated, for an estimate.
  package var characters: Int {
    var count = 0
    for choice in choices {
      count += choice.message.text.unicodeScalars.count
      for call in choice.message.toolCalls { count += call.arguments.unicodeScalars.count }
    }
    return count
  }

  /// The answer in OpenAI's format for an API.
  package func openAI(_ route: RouteType) -> [UInt8] {
    route == .completions ? openAICompletion : openAI
  }

  private var openAICompletion: [UInt8] {
    JSONText { writer in
      writer.object {
        $0.member("id", id)
        $0.member("object", "text_completion")
        $0.member("created", created)
        $0.member("model", model)
        $0.key("choices")
        $0.array { writer in
          for choice in choices {
            writer.object {
              $0.member("text", choice.message.text)
              $0.member("index", choice.index)
              $0.member("logprobs", JSONText.null)
              $0.member("finish_reason", orNull: choice.finishReason?.name)
            }
          }
        }
        $0.member("usage", usage?.openAI)
      }
    }.bytes
  }
}
