// SPDX-License-Identifier: Apache-2.0

/// What the rules about requests need to know of a body, found in one pass over its top-level
/// members.
package struct RequestFacts: Equatable, Sendable {
  /// The whole body, an object.
  package var root: JSONNode
  /// `messages`, if present.
  package var messages: JSONNode?
  /// `prompt`, if present.
  package var prompt: JSONNode?
  /// `input`, if present.
  package var input: JSONNode?
  /// Each non-empty string that the body gives for `model`.
  package var models: [String] = []
  /// Whether the last `stream` is true.
  package var asksForStream = false
  /// Whether `stream_options.include_usage` is true.
  package var asksForUsage = false

  /// Reads a body, which is validated as JSON.
  ///
  /// - Throws: ``RequestProblem`` if the body is no JSON object, or names `messages`, `prompt` or
  ///   `input` twice.
  package init(_ body: RawSpan) throws(RequestProblem) {
    do throws(JSONError) {
      root = try JSONNode.validated(in: body)
    } catch {
      throw .notJSON
    }
    guard root.kind == .object else { throw .noPrompts }
    var problem: RequestProblem?
    do throws(JSONError) {
      var members = JSONMembers(of: root)
      while let member = try members.next(in: body) {
        problem = try note(member, in: body) ?? problem
      }
    } catch {
      throw .notJSON
    }
    if let problem { throw problem }
  }

  private mutating func note(
    _ member: JSONMember, in body: RawSpan
  ) throws(JSONError) -> RequestProblem? {
    let value = member.value
    if member.key.isString("messages", in: body) {
      defer { messages = value }
      return messages == nil ? nil : .duplicateMember("messages")
    } else if member.key.isString("prompt", in: body) {
      defer { prompt = value }
      return prompt == nil ? nil : .duplicateMember("prompt")
    } else if member.key.isString("input", in: body) {
      defer { input = value }
      return input == nil ? nil : .duplicateMember("input")
    } else if member.key.isString("model", in: body) {
      if let model = value.string(in: body), !model.isEmpty { models.append(model) }
    } else if member.key.isString("stream", in: body) {
      asksForStream = value.kind == .true
    } else if member.key.isString("stream_options", in: body) {
      asksForUsage = try value.member("include_usage", in: body)?.kind == .true
    }
    return nil
  }
}
