// SPDX-License-Identifier: Apache-2.0

/// The bytes of OpenAI's chunks. What is the same in each chunk of an answer is written once and copied: a token costs
/// little more than its own bytes.
struct ChunkBytes: Equatable, Sendable {
  /// What a delta has.
  enum Member: Equatable {
    case content
    case refusal
    case reasoning
    case toolCalls
  }

  private var output: [UInt8] = []
  /// `data: {"id":…,"choices":[`
  private let head: [UInt8]
  private let includesUsage: Bool
  private let isCompletion: Bool

  init(_ call: ProviderCall, includesUsage: Bool, after previous: ChunkBytes? = nil) {
    isCompletion = call.route == .completions
    var writer = JSONWriter()
    writer.object {
      $0.member("id", call.id)
      $0.member("object", call.route == .completions ? "text_completion" : "chat.completion.chunk")
      $0.member("created", call.created)
      $0.member("model", call.model)
    }
    head = Array("data: ".utf8) + writer.bytes.dropLast() + Array(#","choices":["#.utf8)
    self.includesUsage = includesUsage
    output = previous?.output ?? []
  }

  mutating func take() -> [UInt8] {
    defer { output = [] }
    return output
  }

  /// The first chunk of a choice.
  mutating func role(_ choice: Int) {
    guard !isCompletion else { return }
    begin(choice)
    append(#""delta":{"role":"assistant","content":""},"finish_reason":null"#)
    append(tail)
  }

  /// A chunk with one member in its delta. A completion has only text: nothing else can be said in one.
  mutating func chunk(_ choice: Int, _ member: Member, _ write: (inout ChunkBytes) -> Void) {
    if isCompletion {
      guard member == .content else { return }
      begin(choice)
      append(#""text":"#)
      write(&self)
      append(#","logprobs":null,"finish_reason":null"#)
    } else {
      begin(choice)
      switch member {
      case .content: append(#""delta":{"content":"#)
      case .refusal: append(#""delta":{"refusal":"#)
      case .reasoning: append(#""delta":{"reasoning_content":"#)
      case .toolCalls: append(#""delta":{"tool_calls":["#)
      }
      write(&self)
      if member == .toolCalls { append("]") }
      append(#"},"finish_reason":null"#)
    }
    append(tail)
  }

  /// The last chunk of a choice.
  mutating func finish(_ choice: Int, _ reason: FinishReason) {
    begin(choice)
    append(isCompletion ? #""text":"","logprobs":null,"# : #""delta":{},"#)
    append(#""finish_reason":"#)
    string(reason.name)
    append(tail)
  }

  /// The chunk that only tells usage.
  mutating func usage(_ usage: Usage) {
    output += head
    append(#"],"usage":"#)
    output += usage.openAI.bytes
    append("}\n\n")
  }

  /// An event with any JSON, such as an error.
  mutating func event(_ data: JSONText) { output += OpenAI.event(data) }

  /// The end of the stream.
  mutating func done() { output += OpenAI.done }

  // MARK: - Inside of a chunk

  /// A string of JSON as it is spelled.
  mutating func copy(_ node: JSONNode, in data: RawSpan) {
    data.extracting(node.range).withUnsafeBytes { output.append(contentsOf: $0) }
  }

  mutating func string(_ text: String) {
    append("\"")
    JSONWriter.appendEscaped(text, to: &output)
    append("\"")
  }

  mutating func beginToolCall(_ number: Int, id: String, name: String) {
    append(#"{"index":"#)
    integer(number)
    append(#","id":"#)
    string(id)
    append(#","type":"function","function":{"name":"#)
    string(name)
    append(#","arguments":""}}"#)
  }

  mutating func toolArguments(_ number: Int, _ node: JSONNode, in data: RawSpan) {
    beginArguments(number)
    copy(node, in: data)
    append("}}")
  }

  mutating func toolArguments(_ number: Int, _ text: String) {
    beginArguments(number)
    string(text)
    append("}}")
  }

  private mutating func beginArguments(_ number: Int) {
    append(#"{"index":"#)
    integer(number)
    append(#","function":{"arguments":"#)
  }

  /// Behind the choices. OpenAI puts a null into each chunk of a stream with usage.
  private var tail: StaticString {
    includesUsage ? "}],\"usage\":null}\n\n" : "}]}\n\n"
  }

  private mutating func begin(_ choice: Int) {
    output += head
    append(#"{"index":"#)
    integer(choice)
    append(",")
  }

  private mutating func integer(_ value: Int) {
    if (0..<10).contains(value) {
      output.append(UInt8(ascii: "0") + UInt8(value))
    } else {
      output += String(value).utf8
    }
  }

  private mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { output.append(contentsOf: $0) }
  }
}
