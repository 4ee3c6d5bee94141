// SPDX-License-Identifier: Apache-2.0

/// What a gateway reads of a whole response in OpenAI's format. The body itself goes to the client
/// as it is.
package struct OpenAIResponse: Equatable, Sendable {
  /// The model that the provider says answered.
  package var model: String?
  /// The usage, if it was reported.
  package var usage: Usage?
  /// The first `finish_reason`.
  package var finishReason: String?
  /// Characters (Unicode scalars) of the answer, for an estimate where no usage is reported.
  package var characters = 0

  /// Reads a body.
  ///
  /// - Throws: a problem with status 500 if it is no JSON or lacks what its kind must have.
  package init(_ body: RawSpan, route: RouteType) throws(RequestProblem) {
    do throws(JSONError) {
      let root = try JSONNode.validated(in: body)
      let required: StaticString = route == .embeddings ? "data" : "choices"
      let results = try root.member(required, in: body)
      if route != .preserve, results?.kind != .array {
        throw JSONError(.wrongType, at: 0)
      }
      model = try root.member("model", in: body)?.string(in: body)
      usage = try root.member("usage", in: body).flatMap { (node) throws(JSONError) in
        try Usage(openAI: node, in: body)
      }
      if let tier = try root.member("service_tier", in: body)?.string(in: body) {
        usage?.serviceTier = tier
      }
      if let results, route != .embeddings { try readChoices(results, in: body) }
    } catch {
      let reason =
        error.code == .wrongType
        ? "'\(route == .embeddings ? "data" : "choices")' not in \(route.rawValue) response"
        : "failed to decode \(route.rawValue) response"
      throw RequestProblem(
        status: 500,
        message: "transformation failed from type openai://\(route.rawValue): \(reason)")
    }
  }

  private mutating func readChoices(_ choices: JSONNode, in body: RawSpan) throws(JSONError) {
    var elements = JSONElements(of: choices)
    while let element = try elements.next(in: body) {
      let choice = try OpenAIChoice(element, in: body)
      finishReason = finishReason ?? choice.finishReason?.string(in: body)
      choice.forEachText { characters &+= $0.scalarCount(in: body) }
    }
  }
}
