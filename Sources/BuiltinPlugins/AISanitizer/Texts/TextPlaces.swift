// SPDX-License-Identifier: Apache-2.0

import LLM

/// A value of a body that people or models have written.
struct TextPlace: Equatable {
  enum Kind: Equatable {
    /// A string.
    case text
    /// A string that holds JSON: the arguments of a tool call.
    case json
    /// A number of a tool call's arguments. In the place of one that is personal comes a string.
    case number
    /// A table of an answer's tokens, which says the text once more.
    case tokens
  }

  var kind: Kind
  var node: JSONNode
  /// The name of the member, which says something of its value; nil for those that all texts have.
  var key: String?
}

/// Finds the texts of a body, in OpenAI's format and in the others that `ai-proxy` passes: what holds texts is known by
/// the names of members, which no two formats use for different things.
struct TextPlaces {
  enum Body { case request, response }

  private(set) var places: [TextPlace] = []
  private let hasTokens: Bool

  /// Members of the body that hold what is said, by the API.
  private static let roots: [Body: Set<String>] = [
    .request: [
      // OpenAI, Anthropic, Mistral, Cohere, Ollama, Bedrock.
      "messages", "prompt", "suffix", "input", "instructions", "system",
      // Gemini.
      "contents", "systemInstruction", "system_instruction",
      // Cohere's first API, Hugging Face, vectors.
      "message", "chat_history", "preamble", "documents", "inputs", "texts", "query",
    ],
    .response: [
      "choices", "content", "candidates", "output", "message", "text", "generations", "outputs",
      "generated_text", "response", "results", "error",
    ],
  ]

  /// Members that hold no text: names, ids, files.
  private static let silent: Set<String> = [
    "role", "type", "id", "tool_call_id", "tool_use_id", "toolUseId", "call_id", "model", "index",
    "object", "created",
    "mime_type", "mimeType", "media_type", "format", "detail", "cache_control", "signature",
    "thought_signature",
    "thoughtSignature", "encrypted_content", "data", "bytes", "b64_json", "file_id", "fileId",
    "image_url", "input_audio",
    "file_data", "inlineData", "inline_data", "fileData", "finish_reason", "finishReason",
    "stop_reason", "stopReason", "event_type", "generation_id", "response_id", "logprobs",
    "safetyRatings", "usage",
    "system_fingerprint", "service_tier", "name",
  ]

  /// Members of answers that list tokens one by one.
  private static let tokenTables: Set<String> = ["logprobs", "logprobsResult", "top_tokens"]

  /// Members that every text is in: their names say nothing of it.
  private static let plain: Set<String> = [
    "content", "text", "parts", "prompt", "input", "messages", "contents", "message", "delta",
    "choices", "refusal",
    "reasoning_content", "reasoning", "thinking", "system", "instructions",
  ]

  /// Members whose objects are arguments of tools.
  private static let arguments: Set<String> = [
    "arguments", "args", "input", "parameters", "response",
  ]

  init(of root: JSONNode, in body: RawSpan, _ kind: Body, onlyLastUserMessage: Bool = false) {
    let names = Self.roots[kind] ?? []
    hasTokens = kind == .response
    var members = JSONMembers(of: root)
    while let member = try? members.next(in: body) {
      guard let key = member.key.string(in: body), names.contains(key) else { continue }
      if onlyLastUserMessage, key == "messages" || key == "contents" || key == "chat_history" {
        if let last = Self.lastUserMessage(of: member.value, in: body) {
          collect(last, key, in: body, isArguments: false)
        }
      } else {
        collect(member.value, key, in: body, isArguments: false)
      }
    }
  }

  /// All texts below a value of an answer.
  init(below node: JSONNode, named key: String, in body: RawSpan) {
    hasTokens = true
    let isArguments = Self.arguments.contains(key) && node.kind == .object
    collect(node, key, in: body, isArguments: isArguments)
  }

  /// Whether a member of this name holds no text.
  static func isSilent(_ name: String) -> Bool { silent.contains(name) }

  private static func lastUserMessage(of messages: JSONNode, in body: RawSpan) -> JSONNode? {
    var last: JSONNode?
    var elements = JSONElements(of: messages)
    while let message = try? elements.next(in: body) {
      guard message.kind == .object, let role = try? message.member("role", in: body) else {
        continue
      }
      if role.isString("user", in: body) || role.isString("USER", in: body) { last = message }
    }
    return last
  }

  private mutating func collect(
    _ node: JSONNode, _ key: String, in body: RawSpan, isArguments: Bool
  ) {
    if hasTokens, !isArguments, Self.tokenTables.contains(key), node.kind.isContainer {
      places.append(TextPlace(kind: .tokens, node: node, key: key))
      return
    }
    switch node.kind {
    case .string:
      let isJSON = !isArguments && (key == "arguments" || key == "partial_json")
      places.append(
        TextPlace(
          kind: isJSON ? .json : .text, node: node, key: Self.plain.contains(key) ? nil : key))
    case .number where isArguments && node.end - node.start >= 6:
      places.append(TextPlace(kind: .number, node: node, key: key))
    case .array:
      var elements = JSONElements(of: node)
      while let element = try? elements.next(in: body) {
        collect(element, key, in: body, isArguments: isArguments)
      }
    case .object:
      // Of a tool's arguments nothing is silent: the names are the tool's own.
      var members = JSONMembers(of: node)
      while let member = try? members.next(in: body) {
        guard let name = member.key.string(in: body) else { continue }
        if !isArguments, name == "data", Self.hasTextData(node, key, in: body) {
          collect(member.value, "text", in: body, isArguments: member.value.kind == .object)
          continue
        }
        let isTable = hasTokens && Self.tokenTables.contains(name)
        guard isArguments || isTable || !Self.silent.contains(name) else { continue }
        let isTool = isArguments || (Self.arguments.contains(name) && member.value.kind == .object)
        collect(member.value, name, in: body, isArguments: isTool)
      }
    case .null, .true, .false, .number: break
    }
  }

  /// Whether the data of a document is a text, and no file: Anthropic says so, and Cohere has nothing else.
  private static func hasTextData(_ node: JSONNode, _ key: String, in body: RawSpan) -> Bool {
    switch key {
    case "document", "documents": true
    case "source": (try? node.member("type", in: body))??.isString("text", in: body) ?? false
    default: false
    }
  }
}

extension JSONNode.Kind {
  fileprivate var isContainer: Bool { self == .object || self == .array }
}
