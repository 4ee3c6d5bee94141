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
  /// A member that decides what a model sees and is there twice: ``RequestCheck`` refuses it.
  package var duplicate: RequestProblem?

  /// Reads a body, which is validated as JSON.
  ///
  /// - Throws: ``RequestProblem/noPrompts`` if the body is no JSON object.
  package init(_ body: RawSpan) throws(RequestProblem) {
    do throws(JSONError) {
      root = try JSONNode.validated(in: body)
      guard root.kind == .object else { throw JSONError(.wrongType, at: root.start) }
      var members = JSONMembers(of: root)
      while let member = try members.next(in: body) { try note(member, in: body) }
    } catch {
      throw .noPrompts
    }
  }

  private mutating func note(_ member: JSONMember, in body: RawSpan) throws(JSONError) {
    let value = member.value
    if member.key.isString("messages", in: body) {
      duplicate = Self.put(value, into: &messages, "messages") ?? duplicate
    } else if member.key.isString("prompt", in: body) {
      duplicate = Self.put(value, into: &prompt, "prompt") ?? duplicate
    } else if member.key.isString("input", in: body) {
      duplicate = Self.put(value, into: &input, "input") ?? duplicate
    } else if member.key.isString("model", in: body) {
      if let model = value.string(in: body), !model.isEmpty { models.append(model) }
    } else if member.key.isString("stream", in: body) {
      asksForStream = value.kind == .true
    } else if member.key.isString("stream_options", in: body) {
      asksForUsage = try value.member("include_usage", in: body)?.kind == .true
    }
  }

  /// The problem, if the place is taken.
  private static func put(
    _ value: JSONNode, into place: inout JSONNode?, _ name: StaticString
  ) -> RequestProblem? {
    defer { place = value }
    return place == nil ? nil : .duplicateMember(name)
  }
}
