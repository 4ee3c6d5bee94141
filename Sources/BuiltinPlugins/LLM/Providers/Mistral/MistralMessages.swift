// SPDX-License-Identifier: Apache-2.0

/// A conversation in the order and with the ids that Mistral demands.
///
/// - Instructions that stand behind an assistant or a tool are moved to the front, behind the other instructions: Mistral
///   takes none there.
/// - Between the results of tools and a user who speaks next stands an assistant who says "OK": Mistral wants the model
///   to have answered the tools first, and a user may have had another idea.
/// - A last message of the assistant is a `prefix`: what the model goes on with.
/// - Ids of tool calls are nine letters and digits: see ``MistralToolIDs``.
struct MistralMessages {
  /// What has no place in Mistral's messages, by its place in the client's.
  private(set) var unsupported: [String] = []
  private let messages: [ChatMessage]
  private let order: [Int]
  private var ids = MistralToolIDs()

  init(_ messages: [ChatMessage]) {
    self.messages = messages
    order = Self.order(of: messages)
  }

  mutating func write(to writer: inout JSONWriter) {
    writer.array { writer in
      var previous: ChatRole?
      for index in order {
        let message = messages[index]
        if previous == .tool, message.role == .user { Self.writeBridge(to: &writer) }
        write(message, index, isLast: index == order.last, to: &writer)
        previous = message.role
      }
    }
  }

  /// Leading instructions, those that came too late, then all else.
  private static func order(of messages: [ChatMessage]) -> [Int] {
    let lead = messages.prefix { $0.role.isInstruction }.count
    var late: [Int] = []
    var others: [Int] = []
    var previous: ChatRole?
    for index in messages.indices.dropFirst(lead) {
      let role = messages[index].role
      if role.isInstruction, previous == .assistant || previous == .tool {
        late.append(index)
      } else {
        others.append(index)
        previous = role
      }
    }
    return Array(0..<lead) + late + others
  }

  private static func writeBridge(to writer: inout JSONWriter) {
    writer.object {
      $0.member("role", "assistant")
      $0.member("content", "OK")
    }
  }

  // MARK: - One message

  private mutating func write(
    _ message: ChatMessage, _ index: Int, isLast: Bool, to writer: inout JSONWriter
  ) {
    let isTool = message.role == .tool
    let isAssistant = message.role == .assistant
    writer.object {
      $0.member("role", message.role.isInstruction ? "system" : message.role.name)
      $0.key("content")
      writeContent(message, index, to: &$0)
      if !message.toolCalls.isEmpty {
        $0.key("tool_calls")
        writeCalls(message, index, to: &$0)
      }
      if let id = message.toolCallID { $0.member("tool_call_id", ids[id]) }
      if let name = message.name {
        if isTool { $0.member("name", name) } else { note(index, "name") }
      }
      let continues = isAssistant && isLast && message.toolCalls.isEmpty
      if continues { $0.member("prefix", true) }
    }
    // `prefix` follows from the place, whatever the client says.
    for field in message.unknown where !(isAssistant && field.key == "prefix") {
      note(index, field.key)
    }
  }

  private mutating func note(_ index: Int, _ place: String) {
    unsupported.append("messages[\(index)].\(place)")
  }

  private mutating func writeContent(
    _ message: ChatMessage, _ index: Int, to writer: inout JSONWriter
  ) {
    if message.content.isEmpty { return writer.string("") }
    if message.content.count == 1, let text = message.content[0].said { return writer.string(text) }
    writer.array {
      for (number, part) in message.content.enumerated() where !part.write(toMistral: &$0) {
        note(index, "content[\(number)]")
      }
    }
  }

  private mutating func writeCalls(
    _ message: ChatMessage, _ index: Int, to writer: inout JSONWriter
  ) {
    writer.array {
      for (number, call) in message.toolCalls.enumerated() {
        guard call.other == nil else {
          note(index, "tool_calls[\(number)]")
          continue
        }
        $0.object {
          $0.member("id", ids[call.id ?? ""])
          $0.member("type", "function")
          $0.key("function")
          $0.object {
            $0.member("name", call.name)
            $0.member("arguments", call.arguments.isEmpty ? "{}" : call.arguments)
          }
        }
      }
    }
  }
}

extension ContentPart {
  /// The text of a text, and of a refusal, which is one to every other provider.
  var said: String? {
    switch self {
    case .text(let text), .refusal(let text): text
    case .image, .audio, .file, .other: nil
    }
  }

  /// Writes the part; false if Mistral has nothing like it.
  fileprivate func write(toMistral writer: inout JSONWriter) -> Bool {
    switch self {
    case .text(let text), .refusal(let text):
      writer.part("text") { $0.member("text", text) }
    case .image(let url, let detail):
      writer.part("image_url") {
        $0.key("image_url")
        $0.object {
          $0.member("url", url)
          $0.member("detail", detail)
        }
      }
    case .audio(let data, _):
      writer.part("input_audio") { $0.member("input_audio", data) }
    case .file(let file):
      if let id = file.id {
        writer.part("file") { $0.member("file_id", id) }
      } else if let data = file.data {
        writer.part("document_url") {
          $0.member("document_url", data)
          $0.member("document_name", file.name)
        }
      } else {
        return false
      }
    case .other: return false
    }
    return true
  }
}

extension JSONWriter {
  /// A part of content: an object with its type first.
  mutating func part(_ type: String, _ body: (inout JSONWriter) -> Void) {
    object {
      $0.member("type", type)
      body(&$0)
    }
  }
}
