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
    func member(_ name: StaticString) -> JSONNode? {
      let value = try? root.member(name, in: body)
      return value?.isNull == true ? nil : value
    }
    let messages = member("messages")
    let prompt = member("prompt")
    if messages != nil, prompt != nil {
      throw RequestProblem(
        message: "cannot run 'messages' and 'prompt' templates at the same time")
    }
    guard let reference = messages ?? prompt else {
      throw RequestProblem(
        message: "only 'llm/v1/chat' and 'llm/v1/completions' formats are supported for templating")
    }
    templateName = reference.string(in: body).flatMap { Self.name(in: $0) }
    properties = try? root.member("properties", in: body)
    streaming = ["stream", "stream_options"].compactMap { key in
      guard let value = try? root.member(named: key, in: body), !value.isNull else { return nil }
      return (key, value.text(in: body))
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
