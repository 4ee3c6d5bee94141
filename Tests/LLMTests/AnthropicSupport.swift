// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

/// What becomes of a chat in OpenAI's format on its way to Anthropic.
struct AnthropicChat {
  var model = "claude-haiku-4-5"
  var version = "2023-06-01"
  var route = RouteType.chat
  var path: String?

  var provider: Anthropic {
    var settings = ProviderSettings()
    settings.anthropicVersion = version
    settings.configuredPath = path
    return Anthropic(settings)
  }

  var call: ProviderCall {
    ProviderCall(route: route, model: model, id: "chatcmpl-7", created: 5)
  }

  /// The request for a body.
  func request(_ body: String) throws -> ProviderRequest {
    let bytes = Array(body.utf8)
    let root = try JSONNode.validated(in: bytes)
    let chat =
      route == .completions
      ? try ChatRequest(completion: root, in: bytes.span.bytes)
      : try ChatRequest(openAI: root, in: bytes.span.bytes)
    return try provider.request(chat, call)
  }

  /// A member of the request's body, as text; nil if there is none.
  func member(_ path: JSONStep..., of body: String) throws -> String? {
    let request = try request(body)
    let root = try JSONNode.validated(in: request.body)
    let node = try root.value(at: path, in: request.body)
    return node.map { String(decoding: request.body[$0.range], as: UTF8.self) }
  }

  /// The messages of a request with these messages.
  func messages(_ messages: String) throws -> String {
    try #require(try member("messages", of: #"{"messages":[\#(messages)]}"#))
  }

  /// What is named as unsupported.
  func unsupported(_ body: String) throws -> [String] { try request(body).unsupported }
}

/// The body of a request with one message and these other members.
func asking(_ members: String) -> String {
  #"{"messages":[{"role":"user","content":"Hi"}],\#(members)}"#
}
