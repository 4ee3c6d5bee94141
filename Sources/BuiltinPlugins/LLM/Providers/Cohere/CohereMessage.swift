// SPDX-License-Identifier: Apache-2.0

/// A message of a conversation, and how version 2 writes it.
struct CohereMessage {
  private let message: ChatMessage
  private let place: String

  /// - Parameter index: where the client has the message.
  init(_ message: ChatMessage, _ index: Int) {
    self.message = message
    place = "messages[\(index)]"
  }

  /// Writes the message.
  ///
  /// - Returns: the places of what could not be written.
  func write(to writer: inout JSONWriter) -> [String] {
    var unsupported = message.name == nil ? [] : ["\(place).name"]
    writer.object { writer in
      writer.member("role", message.role.isInstruction ? "system" : message.role.name)
      if message.role == .assistant {
        unsupported += writeAssistant(to: &writer)
      } else {
        writer.key("content")
        unsupported += writeContent(to: &writer)
        writer.member("tool_call_id", message.toolCallID)
        unsupported += message.unknown.map { "\(place).\($0.key)" }
      }
    }
    return unsupported
  }

  private func writeContent(to writer: inout JSONWriter) -> [String] {
    if message.content.isEmpty {
      writer.string("")
      return []
    }
    if message.content.count == 1, let text = message.content[0].said {
      writer.string(text)
      return []
    }
    var unsupported: [String] = []
    writer.array {
      for (index, part) in message.content.enumerated() {
        switch part {
        case .text(let text), .refusal(let text):
          $0.part("text") { $0.member("text", text) }
        case .image(let url, let detail) where message.role == .user:
          $0.part("image_url") {
            $0.key("image_url")
            $0.object {
              $0.member("url", url)
              $0.member("detail", detail)
            }
          }
        case .image, .audio, .file, .other:
          unsupported.append("\(place).content[\(index)]")
        }
      }
    }
    return unsupported
  }

  // MARK: - The model's own

  /// What the model says beside calls of tools is its plan. What it thought goes back to it, as Cohere wants for calls in
  /// several steps.
  private func writeAssistant(to writer: inout JSONWriter) -> [String] {
    let text = message.content.compactMap(\.said).joined()
    let thoughts = message.unknown.last { $0.key == "reasoning_content" }?.value
    let calls = message.toolCalls.enumerated().filter { $0.element.other == nil }
    let plans = !calls.isEmpty
    if let thoughts {
      writer.key("content")
      writer.array {
        $0.part("thinking") { $0.member("thinking", thoughts) }
        if !plans { $0.part("text") { $0.member("text", text) } }
      }
    } else if !plans {
      writer.member("content", text)
    }
    if plans {
      if !text.isEmpty { writer.member("tool_plan", text) }
      writer.key("tool_calls")
      writer.array { for (_, call) in calls { Self.write(call, to: &$0) } }
    }
    return unsupportedOfAssistant
  }

  private var unsupportedOfAssistant: [String] {
    var unsupported: [String] = []
    for (index, part) in message.content.enumerated() where part.said == nil {
      unsupported.append("\(place).content[\(index)]")
    }
    for (index, call) in message.toolCalls.enumerated() where call.other != nil {
      unsupported.append("\(place).tool_calls[\(index)]")
    }
    for field in message.unknown where field.key != "reasoning_content" {
      unsupported.append("\(place).\(field.key)")
    }
    return unsupported
  }

  private static func write(_ call: ToolCall, to writer: inout JSONWriter) {
    writer.object {
      $0.member("id", call.id)
      $0.member("type", "function")
      $0.key("function")
      $0.object {
        $0.member("name", call.name)
        $0.member("arguments", call.arguments.isEmpty ? "{}" : call.arguments)
      }
    }
  }
}
