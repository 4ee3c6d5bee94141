// SPDX-License-Identifier: Apache-2.0

/// What a gateway reads of a whole response in OpenAI's format. The body itself goes to the client
/// as it is.
package struct OpenAIResponse: Equatable, Sendable {
  /// The model that the provider says answered.
  package var model: String?
  /// The usage, if it was reported.
  package var usage: Usage?
  /// Characters (Unicode scalars) of the answer, for an estimate where no usage is reported; else they are not counted.
  package var characters = 0

  /// Reads a body.
  ///
  /// - Throws: a problem with status 500 if it is no JSON or lacks what its kind must have.
  package init(_ body: RawSpan, route: RouteType) throws(RequestProblem) {
    do throws(JSONError) {
      let parts = try Parts(JSONNode.validated(in: body), route, in: body)
      if route != .preserve, parts.results?.kind != .array {
        throw JSONError(.wrongType, at: 0)
      }
      model = parts.model?.string(in: body)
      if let node = parts.usage { usage = try Usage(openAI: node, in: body) }
      if let tier = parts.tier?.string(in: body) { usage?.serviceTier = tier }
      if usage == nil, let choices = parts.results, route != .embeddings {
        try count(choices, in: body)
      }
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

  /// Where it is, found in one pass.
  private struct Parts {
    /// `choices`, of embeddings `data`.
    var results: JSONNode?
    var model: JSONNode?
    var usage: JSONNode?
    var tier: JSONNode?

    init(_ root: JSONNode, _ route: RouteType, in body: RawSpan) throws(JSONError) {
      let required: StaticString = route == .embeddings ? "data" : "choices"
      var members = JSONMembers(of: root)
      while let member = try members.next(in: body) {
        let key = member.key
        if key.isString(required, in: body) {
          results = member.value
        } else if key.isString("model", in: body) {
          model = member.value
        } else if key.isString("usage", in: body) {
          usage = member.value
        } else if key.isString("service_tier", in: body) {
          tier = member.value
        }
      }
    }
  }

  private mutating func count(_ choices: JSONNode, in body: RawSpan) throws(JSONError) {
    var elements = JSONElements(of: choices)
    while let element = try elements.next(in: body) {
      let choice = try OpenAIChoice(element, in: body)
      choice.forEachText { characters &+= $0.scalarCount(in: body) }
    }
  }
}
