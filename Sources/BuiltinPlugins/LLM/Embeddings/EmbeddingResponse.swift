// SPDX-License-Identifier: Apache-2.0

/// Vectors of texts, in the order of the request's inputs.
package struct EmbeddingResponse: Equatable, Sendable {
  /// The model that made them.
  package var model: String
  /// The vectors: arrays of numbers, as the provider spells them.
  package var vectors: [JSONText]
  /// What they cost, if that is known.
  package var usage: Usage?

  /// Vectors.
  package init(model: String, vectors: [JSONText], usage: Usage? = nil) {
    self.model = model
    self.vectors = vectors
    self.usage = usage
  }

  /// The answer in OpenAI's format.
  ///
  /// - Throws: when the numbers are none, which only base64 has to know.
  package func openAI(_ encoding: EmbeddingRequest.Encoding) throws(JSONError) -> [UInt8] {
    var encoded: [JSONText] = []
    for vector in vectors {
      encoded.append(encoding == .float ? vector : .string(try FloatBase64.text(of: vector)))
    }
    return JSONText { writer in
      writer.object {
        $0.member("object", "list")
        $0.key("data")
        $0.array { writer in
          for (index, vector) in encoded.enumerated() {
            writer.object {
              $0.member("object", "embedding")
              $0.member("index", index)
              $0.member("embedding", vector)
            }
          }
        }
        $0.member("model", model)
        $0.key("usage")
        $0.object {
          $0.member("prompt_tokens", usage?.promptTokens ?? 0)
          $0.member("total_tokens", usage?.totalTokens ?? 0)
        }
      }
    }.bytes
  }
}

/// Vectors as OpenAI packs them.
enum FloatBase64 {
  /// The numbers of a JSON array as 32-bit floats, little-endian, in base64.
  static func text(of vector: JSONText) throws(JSONError) -> String {
    let span = vector.bytes.span.bytes
    let root = try JSONNode(scanning: span, at: 0)
    var bytes: [UInt8] = []
    var elements = JSONElements(of: root)
    while let element = try elements.next(in: span) {
      guard element.kind == .number, let number = Double(span.string(element.range)) else {
        throw JSONError(.invalidNumber, at: element.start)
      }
      withUnsafeBytes(of: Float(number).bitPattern.littleEndian) { bytes += $0 }
    }
    return Base64.text(of: bytes)
  }
}
