// SPDX-License-Identifier: Apache-2.0

import LLM

/// A client's body as far as templates are concerned.
struct TemplatedRequest {
  /// The template that it names; nil: it names none.
  let templateName: String?
  private let properties: JSONNode?
  /// How the answer is wanted, which is no matter of the prompt: `stream` and `stream_options`.
  let streaming: [(key: String, value: JSONText)]

  init(_ body: RawSpan) throws(RequestProblem) {
    guard let root = try? JSONNode.validated(in: body), root.kind == .object else {
      throw RequestProblem(message: "this LLM route only supports application/json requests")
    }
    let parts = Parts(of: root, in: body)
    if parts.messages != nil, parts.prompt != nil {
      throw RequestProblem(
        message: "cannot run 'messages' and 'prompt' templates at the same time")
    }
    guard let reference = parts.messages ?? parts.prompt else {
      throw RequestProblem(
        message: "only 'llm/v1/chat' and 'llm/v1/completions' formats are supported for templating")
    }
    templateName = reference.string(in: body).flatMap { Self.name(in: $0) }
    properties = parts.properties
    streaming = [("stream", parts.stream), ("stream_options", parts.streamOptions)]
      .compactMap { key, value in value.map { (key, $0.text(in: body)) } }
  }

  /// Where the members are that matter, found in one pass; nil: missing or, but for `properties`, null. Of several of one
  /// name the last counts.
  private struct Parts {
    var messages: JSONNode?
    var prompt: JSONNode?
    var properties: JSONNode?
    var stream: JSONNode?
    var streamOptions: JSONNode?

    /// - Parameter root: An object that was validated.
    init(of root: JSONNode, in body: RawSpan) {
      var members = JSONMembers(of: root)
      while let member = try? members.next(in: body) {
        let key = member.key
        let value = member.value.isNull ? nil : member.value
        if key.isString("messages", in: body) {
          messages = value
        } else if key.isString("prompt", in: body) {
          prompt = value
        } else if key.isString("properties", in: body) {
          properties = member.value
        } else if key.isString("stream", in: body) {
          stream = value
        } else if key.isString("stream_options", in: body) {
          streamOptions = value
        }
      }
    }
  }

  private static func name(in reference: String) -> String? {
    let prefix = "{template://"
    guard reference.hasPrefix(prefix), reference.hasSuffix("}") else { return nil }
    return String(reference.dropFirst(prefix.count).dropLast())
  }

  /// The values for a template's variables.
  func properties(in body: RawSpan) throws(RequestProblem) -> [String: String] {
    guard let properties else { return [:] }
    guard properties.kind == .object,
      let members = try? properties.decodedMembers(in: body)
    else {
      throw RequestProblem(message: "properties must be an object")
    }
    var values: [String: String] = [:]
    for (key, value) in members {
      guard let text = value.string(in: body) else {
        throw RequestProblem(
          message: "property values must be a string, got \(Self.name(of: value.kind))")
      }
      values[key] = text
    }
    return values
  }

  /// A type in Kong's words.
  private static func name(of kind: JSONNode.Kind) -> String {
    switch kind {
    case .null: "null"
    case .false, .true: "boolean"
    case .number: "number"
    case .string: "string"
    case .array, .object: "table"
    }
  }
}
