// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

/// Asks providers in the words of a client, and shows what became of them as text.
enum ProviderAsking {
  /// A request in OpenAI's format.
  static func chat(_ json: String) throws -> ChatRequest {
    try ChatRequest(openAI: Array(json.utf8).span.bytes)
  }

  /// A completion in OpenAI's format.
  static func completion(_ json: String) throws -> ChatRequest {
    let bytes = Array(json.utf8)
    return try ChatRequest(
      completion: JSONNode.validated(in: bytes.span.bytes), in: bytes.span.bytes)
  }

  /// A request for vectors in OpenAI's format.
  static func embeddings(_ json: String) throws -> EmbeddingRequest {
    let bytes = Array(json.utf8)
    return try EmbeddingRequest(
      openAI: JSONNode.validated(in: bytes.span.bytes), in: bytes.span.bytes)
  }

  /// A call for which ids and times are known.
  static func call(_ route: RouteType = .chat, model: String = "m", isStreamed: Bool = false)
    -> ProviderCall
  {
    ProviderCall(route: route, model: model, isStreamed: isStreamed, id: "chatcmpl-7", created: 5)
  }
}

extension ProviderRequest {
  /// The body as text.
  var text: String { String(decoding: body, as: UTF8.self) }
}

extension Provider {
  /// A whole answer, as the client of an API gets it.
  func answered(_ body: String, _ call: ProviderCall) throws -> String {
    let answer = try answer(Array(body.utf8).span.bytes, call).completed(for: call)
    return String(decoding: answer.openAI(call.route), as: UTF8.self)
  }
}
