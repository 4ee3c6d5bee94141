// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import Transformation

/// A model's answer that says what becomes of a response: `{"headers": {…}, "body": "…", "status": 209}`, each of them
/// optional.
///
/// They are a model's words, and may be anything: what cannot be a response is refused.
struct ResponseInstructions {
  private(set) var status = 200
  private(set) var headers: [(name: String, value: String)] = []
  private(set) var body: String

  /// - Throws: ``TransformationProblem`` for what cannot be followed.
  init(_ text: String) throws(TransformationProblem) {
    let instructions: JSONValue
    do {
      instructions = try JSONValue(parsing: text)
    } catch {
      throw Self.problem("\(error)")
    }
    guard let members = instructions.object else { throw Self.problem("it is no JSON object") }
    if let given = members["status"], !given.isNull {
      guard let status = given.int, (200...599).contains(status) else {
        throw Self.problem("'status' is no status from 200 to 599")
      }
      self.status = status
    }
    // Kong's rule: without a body of their own the instructions are the body.
    switch members["body"] ?? .null {
    case .null: body = text
    case .string(let text): body = text
    case let other: body = other.description
    }
    if let given = members["headers"], !given.isNull { try read(headers: given) }
  }

  private mutating func read(headers given: JSONValue) throws(TransformationProblem) {
    guard let fields = given.object else { throw Self.problem("'headers' is no object") }
    for (name, value) in fields.members {
      let text =
        switch value {
        case .string(let text): text
        case .number, .bool: value.description
        case .null, .array, .object: throw Self.problem("the header '\(name)' is no text")
        }
      guard !name.isEmpty, name.utf8.allSatisfy(\.isTokenByte),
        text.utf8.allSatisfy(\.isFieldByte)
      else { throw Self.problem("a header cannot be sent") }
      // The host frames the body, and compresses nothing.
      if Self.framing.contains(name.lowercased()) { continue }
      headers.append((name, text))
    }
  }

  private static let framing = [
    "content-length", "content-encoding", "transfer-encoding", "connection", "keep-alive", "te",
    "trailer", "upgrade",
  ]

  func apply(to response: inout UpstreamResponse) {
    response.status = status
    for header in headers { response.headers[header.name] = header.value }
    response.body.replaceAll(with: body)
  }

  private static func problem(_ reason: String) -> TransformationProblem {
    TransformationProblem(
      status: 500, "failed to parse JSON response instructions from AI backend: \(reason)")
  }
}
