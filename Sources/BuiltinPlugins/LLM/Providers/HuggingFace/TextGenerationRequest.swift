// SPDX-License-Identifier: Apache-2.0

/// A text to continue, as servers of Hugging Face's text generation take it (Text Generation Inference, and what
/// imitates it): `{"inputs": …, "parameters": {…}}`.
struct TextGenerationRequest {
  /// The JSON body.
  private(set) var body: [UInt8] = []
  /// What was asked for and is not in it.
  private(set) var unsupported: [String] = []

  /// - Parameters:
  ///   - inputs: The text.
  ///   - chat: How to continue it.
  init(inputs: String, _ chat: ChatRequest, _ call: ProviderCall) {
    noteTools(of: chat)
    var notes = unsupported
    body =
      JSONText { writer in
        writer.object {
          $0.member("inputs", inputs)
          $0.key("parameters")
          $0.object {
            // Finish reason and counts are in the details.
            $0.member("details", true)
            $0.member("return_full_text", false)
            Self.write(chat.sampling, to: &$0, &notes)
            Self.write(chat.responseFormat, to: &$0, &notes)
            for field in chat.unknown where !field.isDefault {
              if Self.known.contains(field.key) {
                $0.member(field.key, field.value)
              } else {
                notes.append(field.key)
              }
            }
          }
          $0.member("stream", call.isStreamed)
        }
      }.bytes
    unsupported = notes
  }

  /// Parameters that a client may use by the server's own name.
  private static let known: Set<String> = [
    "adapter_id", "best_of", "do_sample", "repetition_penalty", "truncate", "typical_p",
    "watermark",
  ]

  /// Who forbids all calls loses nothing: there are none.
  private mutating func noteTools(of chat: ChatRequest) {
    guard !chat.tools.isEmpty, chat.toolChoice != .forbidden else { return }
    unsupported.append("tools")
    if chat.toolChoice != nil { unsupported.append("tool_choice") }
    if chat.allowsParallelToolCalls != nil { unsupported.append("parallel_tool_calls") }
  }

  private static func write(
    _ sampling: SamplingOptions, to writer: inout JSONWriter, _ notes: inout [String]
  ) {
    writer.member("max_new_tokens", sampling.maxTokens)
    // The server refuses the values that mean nothing: without a temperature it is not random at all.
    if sampling.temperature?.isNumber(0) != true {
      writer.member("temperature", sampling.temperature)
    }
    if sampling.topP?.isNumber(1) != true { writer.member("top_p", sampling.topP) }
    writer.member("top_k", sampling.topK)
    writer.member("seed", sampling.seed)
    writer.member("frequency_penalty", sampling.frequencyPenalty)
    if sampling.presencePenalty?.isNumber(0) == false { notes.append("presence_penalty") }
    guard !sampling.stop.isEmpty else { return }
    writer.key("stop")
    writer.array { for text in sampling.stop { $0.string(text) } }
  }

  private static func write(
    _ format: ResponseFormat?, to writer: inout JSONWriter, _ notes: inout [String]
  ) {
    let schema: JSONText
    switch format {
    case nil, .text: return
    case .jsonObject: schema = .anyObject
    case .jsonSchema(let description):
      guard let found = description.schema else {
        notes.append("response_format")
        return
      }
      schema = found
    case .other:
      notes.append("response_format")
      return
    }
    writer.key("grammar")
    writer.object {
      $0.member("type", "json")
      $0.member("value", schema)
    }
  }
}

extension JSONText {
  /// The schema of any object.
  static let anyObject = JSONText(unchecked: Array(#"{"type":"object"}"#.utf8))

  /// The schema in OpenAI's `json_schema`, if there is one.
  var schema: JSONText? {
    let span = bytes.span.bytes
    guard let node = try? JSONNode(scanning: span).member("schema", in: span),
      node.kind == .object
    else {
      return nil
    }
    return node.text(in: span)
  }

  /// Whether it is this number, however it is spelled.
  func isNumber(_ value: Int) -> Bool {
    let span = bytes.span.bytes
    return (try? JSONNode(scanning: span))?.integer(in: span) == value
  }
}
