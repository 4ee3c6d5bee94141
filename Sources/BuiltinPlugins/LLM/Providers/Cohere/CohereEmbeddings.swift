// SPDX-License-Identifier: Apache-2.0

/// A request for vectors in Cohere's format.
struct CohereEmbeddingRequest {
  /// What the client asked for and Cohere cannot take.
  private(set) var unsupported: [String] = []
  private let embeddings: EmbeddingRequest
  private let call: ProviderCall
  private let settings: ProviderSettings
  private let isOld: Bool

  init(
    _ embeddings: EmbeddingRequest, _ call: ProviderCall, _ settings: ProviderSettings,
    _ operation: CohereOperation
  ) {
    self.embeddings = embeddings
    self.call = call
    self.settings = settings
    isOld = operation == .embedV1
  }

  /// - Throws: for inputs that are tokens.
  mutating func body() throws(RequestProblem) -> [UInt8] {
    guard let texts = embeddings.texts else {
      throw RequestProblem(message: "Cohere makes vectors of texts, not of tokens")
    }
    if embeddings.user != nil { unsupported.append("user") }
    let size = embeddings.dimensions
    if isOld, size != nil { unsupported.append("dimensions") }
    var writer = JSONWriter()
    writer.object {
      $0.member("model", call.model)
      $0.key("texts")
      $0.array { for text in texts { $0.string(text) } }
      writeInputType(to: &$0)
      $0.key("embedding_types")
      $0.array { $0.string("float") }
      $0.member("output_dimension", isOld ? nil : size)
      for field in embeddings.unknown where !field.isDefault {
        switch field.key {
        case "input_type": break
        case "truncate": $0.member(field.key, field.value)
        case "max_tokens" where !isOld, "priority" where !isOld:
          $0.member(field.key, field.value)
        default: unsupported.append(field.key)
        }
      }
    }
    return writer.bytes
  }

  /// What the vectors are for. A client that knows Cohere says so itself: one route serves documents and queries.
  private func writeInputType(to writer: inout JSONWriter) {
    if let own = embeddings.unknown.last(where: { $0.key == "input_type" }) {
      writer.member("input_type", own.value)
    } else {
      writer.member("input_type", settings.cohereInputType ?? "classification")
    }
  }
}

extension EmbeddingResponse {
  /// The vectors of an answer of either version, whether they are told apart by type or not.
  init(cohere body: RawSpan, model: String) throws(JSONError) {
    let root = try JSONNode.validated(in: body)
    let embeddings = try root.member("embeddings", in: body)
    let typed = try embeddings?.member("float", in: body)
    guard let vectors = typed ?? embeddings, vectors.kind == .array else {
      throw JSONError(.wrongType, at: root.start)
    }
    let meta = try root.member("meta", in: body)
    self.init(
      model: model, vectors: try vectors.mapElements(in: body) { $0.text(in: body) },
      usage: try meta.flatMap { (node) throws(JSONError) in try Usage(cohere: node, in: body) })
  }
}
