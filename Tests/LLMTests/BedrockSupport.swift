// SPDX-License-Identifier: Apache-2.0

import LLM

/// Asks Bedrock in OpenAI's words.
struct BedrockAsk {
  static let claude = "us.anthropic.claude-opus-4-5-20251101-v1:0"

  var model = claude
  var settings = ProviderSettings()
  var isStreamed = false

  var call: ProviderCall {
    ProviderCall(model: model, isStreamed: isStreamed, id: "chatcmpl-7", created: 5)
  }

  func request(_ json: String) throws -> ProviderRequest {
    let bytes = Array(json.utf8)
    let chat = try ChatRequest(openAI: bytes.span.bytes)
    return try Bedrock(settings).request(chat, call)
  }

  /// The body, and what could not be said.
  func callAsFunction(_ json: String) throws -> (body: String, unsupported: [String]) {
    let request = try request(json)
    return (String(decoding: request.body, as: UTF8.self), request.unsupported)
  }

  /// The body for some messages.
  func messages(_ json: String) throws -> (body: String, unsupported: [String]) {
    try self(#"{"messages":[\#(json)]}"#)
  }

  /// The body for one question with more members.
  func with(_ members: String) throws -> (body: String, unsupported: [String]) {
    try self(#"{"messages":[{"role":"user","content":"a"}],\#(members)}"#)
  }

  /// What stands behind the messages of ``with(_:)``.
  static func behind(_ members: String) -> String {
    let comma = members.isEmpty ? "" : ","
    return #"{"messages":[{"role":"user","content":[{"text":"a"}]}]\#(comma)\#(members)}"#
  }
}
