// SPDX-License-Identifier: Apache-2.0

/// A request for vectors of texts, in no provider's words.
package struct EmbeddingRequest: Equatable, Sendable {
  /// What a vector is wanted of.
  package enum Input: Equatable, Sendable {
    /// A text.
    case text(String)
    /// A text as tokens of the model: only OpenAI's own API takes them.
    case tokens([Int])
  }

  /// How the client wants its vectors.
  package enum Encoding: String, Equatable, Sendable {
    /// Arrays of numbers.
    case float
    /// The numbers as 32-bit floats, little-endian, in base64: what OpenAI's SDK asks for.
    case base64
  }

  /// The inputs, in order.
  package var inputs: [Input] = []
  /// How many numbers a vector is to have.
  package var dimensions: Int?
  /// How the client wants its vectors.
  package var encoding = Encoding.float
  /// Who asks.
  package var user: String?
  /// What else the request has.
  package var unknown: [UnknownField] = []

  /// No inputs.
  package init() {}

  /// The texts, if there is nothing else among the inputs.
  package var texts: [String]? {
    var texts: [String] = []
    for input in inputs {
      guard case .text(let text) = input else { return nil }
      texts.append(text)
    }
    return texts
  }
}

extension EmbeddingRequest {
  /// The neutral form of a request in OpenAI's format, which was validated.
  package init(openAI root: JSONNode, in body: RawSpan) throws(JSONError) {
    self.init()
    for (key, value) in try root.decodedMembers(in: body) where !value.isNull {
      switch key {
      case "model": break
      case "input": inputs = try Self.inputs(value, in: body)
      case "dimensions": dimensions = value.integer(in: body)
      case "user": user = value.string(in: body)
      case "encoding_format":
        encoding = value.string(in: body).flatMap { Encoding(rawValue: $0) } ?? .float
      default: unknown.append(UnknownField(key, value.text(in: body)))
      }
    }
  }

  private static func inputs(_ node: JSONNode, in body: RawSpan) throws(JSONError) -> [Input] {
    if let text = node.string(in: body) { return [.text(text)] }
    let first = try node.element(0, in: body)
    if first?.kind == .number { return [.tokens(try tokens(node, in: body))] }
    return try node.mapElements(in: body) { (element) throws(JSONError) in
      if let text = element.string(in: body) { return .text(text) }
      return .tokens(try tokens(element, in: body))
    }
  }

  private static func tokens(_ node: JSONNode, in body: RawSpan) throws(JSONError) -> [Int] {
    try node.mapElements(in: body) { $0.integer(in: body) ?? 0 }
  }
}
