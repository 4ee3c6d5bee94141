// SPDX-License-Identifier: Apache-2.0

/// A message in Ollama's format: one text, images beside it, and the arguments of calls as objects.
struct OllamaMessage {
  private var role: String
  private var text = ""
  private var thinking: JSONText?
  /// Base64, without an address in front.
  private var images: [Substring] = []
  private var calls: [(call: ToolCall, arguments: JSONText)] = []
  private var toolName: String?
  private var toolCallID: String?

  /// Nil: nobody in Ollama speaks in such a role.
  ///
  /// - Parameters:
  ///   - place: The message's place in the client's body.
  ///   - names: Of the calls so far: a result has the name of its function.
  init?(
    _ message: ChatMessage, at place: String, _ names: inout ToolCallNames,
    _ unsupported: inout [String]
  ) throws(RequestProblem) {
    toolCallID = message.toolCallID
    switch message.role {
    case .system, .developer: role = "system"
    case .user: role = "user"
    case .assistant: role = "assistant"
    case .tool:
      role = "tool"
      toolName = message.toolCallID.flatMap { names[$0] } ?? message.name
    case .other("function"):
      role = "tool"
      toolName = message.name
    case .other:
      unsupported.append(place)
      return nil
    }
    if message.name != nil, role != "tool" { unsupported.append("\(place).name") }
    for (index, part) in message.content.enumerated() {
      read(part, at: "\(place).content[\(index)]", &unsupported)
    }
    for (index, call) in message.toolCalls.enumerated() {
      let place = "\(place).tool_calls[\(index)]"
      guard call.other == nil else {
        unsupported.append(place)
        continue
      }
      names.note(call)
      calls.append((call, try Self.object(call.arguments, at: place)))
    }
    for field in message.unknown {
      if field.key == "reasoning_content" || field.key == "reasoning" {
        thinking = field.value
      } else if field.key != "annotations" {
        unsupported.append("\(place).\(field.key)")
      }
    }
  }

  private mutating func read(
    _ part: ContentPart, at place: String, _ unsupported: inout [String]
  ) {
    switch part {
    case .text(let text), .refusal(let text): self.text += text
    case .image(let url, let detail):
      guard let address = DataAddress(url), address.isBase64 else {
        unsupported.append(place)
        return
      }
      images.append(address.data)
      if let detail, detail != "auto" { unsupported.append("\(place).image_url.detail") }
    case .audio, .file, .other: unsupported.append(place)
    }
  }

  /// A model's arguments as the object that Ollama wants.
  private static func object(
    _ arguments: String, at place: String
  ) throws(RequestProblem) -> JSONText {
    if arguments.isEmpty { return JSONText(unchecked: Array("{}".utf8)) }
    let bytes = Array(arguments.utf8)
    guard let node = try? JSONNode.validated(in: bytes.span.bytes), node.kind == .object else {
      throw RequestProblem(
        message: "\(place).function.arguments: Ollama takes arguments that are a JSON object")
    }
    return JSONText(unchecked: bytes)
  }

  func write(to writer: inout JSONWriter) {
    writer.object {
      $0.member("role", role)
      $0.member("content", text)
      $0.member("thinking", thinking)
      if !images.isEmpty {
        $0.key("images")
        $0.array { for image in images { $0.string(String(image)) } }
      }
      if !calls.isEmpty {
        $0.key("tool_calls")
        $0.array { writer in
          for (call, arguments) in calls {
            writer.object {
              // Newer servers know ids; others pass over them.
              $0.member("id", call.id)
              $0.key("function")
              $0.object {
                $0.member("name", call.name)
                $0.member("arguments", arguments)
              }
            }
          }
        }
      }
      $0.member("tool_name", toolName)
      $0.member("tool_call_id", toolCallID)
    }
  }
}
