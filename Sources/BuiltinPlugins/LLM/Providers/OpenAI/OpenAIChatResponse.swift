// SPDX-License-Identifier: Apache-2.0

extension ChatResponse {
  /// The neutral form of an answer in OpenAI's format, which is validated.
  package init(openAI body: RawSpan) throws(JSONError) {
    let root = try JSONNode.validated(in: body)
    self.init(id: "", created: 0, model: "", choices: [])
    for (key, value) in try root.decodedMembers(in: body) where !value.isNull {
      switch key {
      case "id": id = value.string(in: body) ?? ""
      case "object": break
      case "created": created = value.integer(in: body) ?? 0
      case "model": model = value.string(in: body) ?? ""
      case "choices":
        choices = try value.mapElements(in: body) { (node) throws(JSONError) in
          try Choice(openAI: node, in: body)
        }
      case "usage": usage = try Usage(openAI: value, in: body)
      default: unknown.append(UnknownField(key, value.text(in: body)))
      }
    }
  }

  /// The answer in OpenAI's format.
  package var openAI: [UInt8] {
    JSONText { writer in
      writer.object {
        $0.member("id", id)
        $0.member("object", "chat.completion")
        $0.member("created", created)
        $0.member("model", model)
        $0.key("choices")
        $0.array { for choice in choices { choice.write(to: &$0) } }
        $0.member("usage", usage?.openAI)
        $0.members(unknown)
      }
    }.bytes
  }
}

extension ChatResponse.Choice {
  fileprivate init(openAI node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    self.init(message: ChatMessage(role: .assistant), finishReason: nil)
    for (key, value) in try node.decodedMembers(in: bytes) where !value.isNull {
      switch key {
      case "index": index = value.integer(in: bytes) ?? 0
      case "message": message = try ChatMessage(openAI: value, in: bytes)
      case "finish_reason": finishReason = value.string(in: bytes).map { FinishReason(name: $0) }
      default: unknown.append(UnknownField(key, value.text(in: bytes)))
      }
    }
  }

  fileprivate func write(to writer: inout JSONWriter) {
    writer.object {
      $0.member("index", index)
      $0.key("message")
      message.write(to: &$0)
      $0.member("finish_reason", orNull: finishReason?.name)
      $0.members(unknown)
    }
  }
}

extension Usage {
  /// The usage in OpenAI's format.
  package var openAI: JSONText {
    JSONText { writer in
      writer.object {
        $0.member("prompt_tokens", promptTokens)
        $0.member("completion_tokens", completionTokens)
        $0.member("total_tokens", totalTokens)
        $0.member("prompt_tokens_details", promptDetailsText)
        $0.member("completion_tokens_details", completionDetailsText)
      }
    }
  }

  /// What is known of the prompt's tokens, as OpenAI's `prompt_tokens_details`.
  package var promptDetailsText: JSONText? {
    if let promptDetails { return JSONText(unchecked: Array(promptDetails.utf8)) }
    guard cachedPromptTokens != nil || cacheWriteTokens != nil || audioPromptTokens != nil else {
      return nil
    }
    return JSONText {
      $0.object {
        $0.member("cached_tokens", cachedPromptTokens)
        // Not OpenAI's, where writing costs nothing, but the usual name.
        $0.member("cache_write_tokens", cacheWriteTokens)
        $0.member("audio_tokens", audioPromptTokens)
      }
    }
  }

  /// What is known of the answer's tokens, as OpenAI's `completion_tokens_details`.
  package var completionDetailsText: JSONText? {
    if let completionDetails { return JSONText(unchecked: Array(completionDetails.utf8)) }
    guard reasoningTokens != nil || audioCompletionTokens != nil else { return nil }
    return JSONText {
      $0.object {
        $0.member("reasoning_tokens", reasoningTokens)
        $0.member("audio_tokens", audioCompletionTokens)
      }
    }
  }
}
