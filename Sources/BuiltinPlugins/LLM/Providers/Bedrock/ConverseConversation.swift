// SPDX-License-Identifier: Apache-2.0

/// The messages of a chat as Converse wants them: instructions apart, and turns of user and assistant in exchange.
///
/// So messages of the same side become one turn; in it the results of all calls of the turn before stand together.
struct ConverseConversation {
  /// What one side says.
  struct Turn {
    var isUser: Bool
    /// The blocks, with commas between.
    private(set) var blocks = JSONWriter()

    init(isUser: Bool) { self.isUser = isUser }

    mutating func add(_ kind: String, _ write: (inout JSONWriter) -> Void) {
      blocks.object {
        $0.key(kind)
        write(&$0)
      }
    }

    func write(to writer: inout JSONWriter) {
      writer.object {
        $0.member("role", isUser ? "user" : "assistant")
        $0.key("content")
        $0.array { $0.text(JSONText(unchecked: blocks.bytes)) }
      }
    }
  }

  /// The instructions, in order.
  private(set) var system: [String] = []
  /// The turns; none is empty.
  private(set) var turns: [Turn] = []
  /// The names of the tools that are called, each once.
  private(set) var calledTools: [String] = []
  /// What could not be said, by its place in the client's body.
  var unsupported: [String] = []
  private var documentNames: [String] = []

  /// Adds a client's message.
  mutating func add(_ message: ChatMessage, at place: String) throws(RequestProblem) {
    if message.name != nil { unsupported.append("\(place).name") }
    for field in message.unknown where field.value.string != "[]" {
      unsupported.append("\(place).\(field.key)")
    }
    switch message.role {
    case .system, .developer: addInstruction(message, at: place)
    case .user: addContent(of: message, at: place, isUser: true)
    case .assistant:
      addContent(of: message, at: place, isUser: false)
      try addCalls(of: message, at: place)
    case .tool: try addResult(message, at: place)
    case .other: unsupported.append(place)
    }
  }

  private mutating func addInstruction(_ message: ChatMessage, at place: String) {
    for (index, part) in message.content.enumerated() {
      if case .text(let text) = part {
        if text.isBlank { noteBlank(text, message, index, place) } else { system.append(text) }
      } else {
        unsupported.append("\(place).content[\(index)]")
      }
    }
  }

  private mutating func addContent(of message: ChatMessage, at place: String, isUser: Bool) {
    for (index, part) in message.content.enumerated() {
      switch part {
      case .text(let text), .refusal(let text):
        guard !text.isBlank else {
          noteBlank(text, message, index, place)
          continue
        }
        add(isUser: isUser) { turn in turn.add("text") { $0.string(text) } }
      case .image, .audio, .file, .other:
        let partPlace = "\(place).content[\(index)]"
        let block = isUser ? media(part, at: partPlace) : nil
        guard let block else {
          unsupported.append(partPlace)
          continue
        }
        add(isUser: true) { turn in turn.add(block.kind) { block.write(to: &$0) } }
      }
    }
  }

  private mutating func media(_ part: ContentPart, at place: String) -> ConverseMedia? {
    guard let media = ConverseMedia(part, isTaken: { documentNames.contains($0) }) else {
      return nil
    }
    if let name = media.name { documentNames.append(name) }
    if case .image(_, let detail?) = part, detail != "auto" {
      unsupported.append("\(place).image_url.detail")
    }
    return media
  }

  private mutating func addCalls(
    of message: ChatMessage, at place: String
  ) throws(RequestProblem) {
    for (index, call) in message.toolCalls.enumerated() {
      let callPlace = "\(place).tool_calls[\(index)]"
      guard call.other == nil else {
        unsupported.append(callPlace)
        continue
      }
      guard let id = call.id, !id.isEmpty else {
        throw RequestProblem(
          message: "\(callPlace).id: a tool call needs an id", parameter: "\(callPlace).id")
      }
      let input = try Self.input(call.arguments, at: "\(callPlace).function.arguments")
      if !calledTools.contains(call.name) { calledTools.append(call.name) }
      add(isUser: false) { turn in
        turn.add("toolUse") { writer in
          writer.object {
            $0.member("toolUseId", Self.id(id))
            $0.member("name", call.name)
            $0.member("input", input)
          }
        }
      }
    }
  }

  private mutating func addResult(_ message: ChatMessage, at place: String) throws(RequestProblem) {
    guard let id = message.toolCallID, !id.isEmpty else {
      throw RequestProblem(
        message: "\(place).tool_call_id: a tool's result needs the id of its call",
        parameter: "\(place).tool_call_id")
    }
    var parts: [ConverseMedia] = []
    for (index, part) in message.content.enumerated() {
      let partPlace = "\(place).content[\(index)]"
      if case .text(let text) = part {
        if text.isBlank {
          noteBlank(text, message, index, place)
        } else {
          parts.append(ConverseMedia(text: text))
        }
      } else if let media = media(part, at: partPlace), media.kind != "audio" {
        parts.append(media)
      } else {
        unsupported.append(partPlace)
      }
    }
    add(isUser: true) { turn in
      turn.add("toolResult") { writer in
        writer.object {
          $0.member("toolUseId", Self.id(id))
          $0.key("content")
          $0.array { writer in
            for part in parts {
              writer.object {
                $0.key(part.kind)
                part.write(to: &$0)
              }
            }
          }
        }
      }
    }
  }

  private mutating func add(isUser: Bool, _ write: (inout Turn) -> Void) {
    if turns.last?.isUser != isUser { turns.append(Turn(isUser: isUser)) }
    write(&turns[turns.count - 1])
  }

  /// An empty text says nothing, and its loss is none.
  private mutating func noteBlank(
    _ text: String, _ message: ChatMessage, _ index: Int, _ place: String
  ) {
    guard !text.isEmpty else { return }
    let isOnly = message.content.count == 1
    unsupported.append(isOnly ? "\(place).content" : "\(place).content[\(index)]")
  }

  /// The arguments of a call, which must be an object: they are a model's words, and may be anything.
  private static func input(_ arguments: String, at place: String) throws(RequestProblem)
    -> JSONText
  {
    if arguments.isBlank { return JSONText(unchecked: Array("{}".utf8)) }
    let bytes = Array(arguments.utf8)
    guard let root = try? JSONNode.validated(in: bytes.span.bytes), root.kind == .object else {
      throw RequestProblem(
        message: "\(place): the arguments of a tool call must be a JSON object", parameter: place)
    }
    return JSONText(unchecked: bytes)
  }

  /// An id as Converse takes it: at most 64 of letters, digits and `_.:-`. Others are changed, in the call and in its
  /// result alike.
  static func id(_ id: String) -> String {
    var bytes = Array(id.utf8.suffix(64))
    var isChanged = bytes.count != id.utf8.count
    for index in bytes.indices {
      switch bytes[index] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: ":"), UInt8(ascii: "-"):
        break
      default:
        bytes[index] = UInt8(ascii: "_")
        isChanged = true
      }
    }
    return isChanged ? String(decoding: bytes, as: UTF8.self) : id
  }
}
