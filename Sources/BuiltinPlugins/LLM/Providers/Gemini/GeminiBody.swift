// SPDX-License-Identifier: Apache-2.0

extension ChatRequest {
  /// The body of `generateContent`.
  func geminiBody(
    _ conversation: GeminiConversation, model: String, isVertex: Bool,
    _ notes: inout Unsupported
  ) -> [UInt8] {
    let model = GeminiModel(model)
    let declared = GeminiTools(self, isVertex: isVertex, &notes)
    let config = GeminiConfig(self, model, isVertex: isVertex, hasTools: !declared.isEmpty, &notes)
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("contents")
      writer.array { for turn in conversation.turns { $0.turn(turn) } }
      if !conversation.instructions.isEmpty {
        writer.key("systemInstruction")
        writer.object {
          $0.key("parts")
          $0.array { for text in conversation.instructions { $0.part(.text(text)) } }
        }
      }
      declared.write(to: &writer)
      config.write(to: &writer)
      for field in unknown {
        if let own = Self.geminiName(field.key, isVertex: isVertex) {
          writer.member(own, field.value)
        } else if !GeminiConfig.reads(field.key) {
          notes.note(field.key)
        }
      }
    }
    return writer.bytes
  }

  /// What Gemini takes under its own name, in either of the spellings that it reads.
  private static func geminiName(_ key: String, isVertex: Bool) -> String? {
    switch key {
    case "safety_settings", "safetySettings": "safetySettings"
    case "cached_content", "cachedContent": "cachedContent"
    case "labels": isVertex ? "labels" : nil
    default: nil
    }
  }
}

extension JSONWriter {
  fileprivate mutating func turn(_ turn: GeminiConversation.Turn) {
    object {
      $0.member("role", turn.side == .model ? "model" : "user")
      $0.key("parts")
      $0.array { for part in turn.parts { $0.part(part) } }
    }
  }
}
