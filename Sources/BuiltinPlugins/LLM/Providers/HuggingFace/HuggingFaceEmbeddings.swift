// SPDX-License-Identifier: Apache-2.0

/// Vectors of texts: `feature-extraction` of the router, `/embed` of Text Embeddings Inference, or OpenAI's API there.
enum HuggingFaceEmbeddings {
  static func body(
    _ asked: EmbeddingRequest, _ call: ProviderCall, dimensions: Int?, isOpenAI: Bool
  ) throws(RequestProblem) -> (body: [UInt8], unsupported: [String]) {
    guard let texts = asked.texts else {
      throw RequestProblem(message: "input: Hugging Face takes texts, not tokens")
    }
    var unsupported: [String] = []
    let body = JSONText { writer in
      writer.object {
        if isOpenAI { $0.member("model", call.model) }
        $0.key(isOpenAI ? "input" : "inputs")
        $0.array { for text in texts { $0.string(text) } }
        if let size = dimensions ?? asked.dimensions {
          if isOpenAI { $0.member("dimensions", size) } else { unsupported.append("dimensions") }
        }
        if let user = asked.user {
          if isOpenAI { $0.member("user", user) } else { unsupported.append("user") }
        }
        for field in asked.unknown {
          if isOpenAI || known.contains(field.key) {
            $0.member(field.key, field.value)
          } else {
            unsupported.append(field.key)
          }
        }
      }
    }
    return (body.bytes, unsupported)
  }

  /// Parameters by the API's own names.
  private static let known: Set<String> = [
    "normalize", "prompt_name", "truncate", "truncation_direction",
  ]

  /// Arrays of numbers, in whichever of its servers' shapes. None but OpenAI's tells a count.
  static func answer(_ body: RawSpan, _ call: ProviderCall) throws(JSONError) -> EmbeddingResponse {
    let root = try JSONNode.validated(in: body)
    var answer = EmbeddingResponse(model: call.model, vectors: [])
    if let data = try root.member("data", in: body) {
      answer.vectors = try data.mapElements(in: body) { (element) throws(JSONError) in
        guard let vector = try element.member("embedding", in: body) else {
          throw JSONError(.wrongType, at: element.start)
        }
        return try text(of: vector, in: body)
      }
      answer.usage = try root.member("usage", in: body).flatMap { (node) throws(JSONError) in
        try Usage(openAI: node, in: body)
      }
      return answer
    }
    let list = try root.member("embeddings", in: body) ?? root
    guard list.kind == .array else { throw JSONError(.wrongType, at: list.start) }
    if try list.element(0, in: body)?.kind == .number {
      answer.vectors = [try text(of: list, in: body)]
    } else {
      answer.vectors = try list.mapElements(in: body) { (vector) throws(JSONError) in
        try text(of: vector, in: body)
      }
    }
    return answer
  }

  /// A model that was not made for it gives a vector for each token: that is none of the text.
  private static func text(of vector: JSONNode, in body: RawSpan) throws(JSONError) -> JSONText {
    guard vector.kind == .array, try vector.element(0, in: body)?.kind != .array else {
      throw JSONError(.wrongType, at: vector.start)
    }
    return vector.text(in: body)
  }
}
