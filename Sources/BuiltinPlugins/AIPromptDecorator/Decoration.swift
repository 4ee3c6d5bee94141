// SPDX-License-Identifier: Apache-2.0

import LLM

/// How the messages of a configuration get into the bodies of an API. Made once, with everything that it inserts.
protocol Decoration: Sendable {
  /// The edits of a body, in ascending order. They only insert.
  ///
  /// - Parameter path: The client's, without its query.
  /// - Throws: where the body is no conversation.
  func splices(for body: RawSpan, path: String) throws(RequestProblem) -> [Splice]
}

extension RequestProblem {
  static let noJSON = RequestProblem(
    message: "this LLM route only supports application/json requests")
  static let noChat = RequestProblem(
    message: "this LLM route only supports llm/chat type requests")
}

/// The places of some members of a body.
///
/// The scan looks only for where values end. It goes through the whole body, for a second `messages` behind the first
/// would be a conversation without its decoration.
struct BodyPlaces {
  private var nodes: [JSONNode?]
  private let names: [String]
  /// Behind the opening brace: where members are put that were missing.
  let start: Int

  init(_ names: [String], in body: RawSpan) throws(RequestProblem) {
    self.names = names
    nodes = Array(repeating: nil, count: names.count)
    // To look for the end of the whole first would be a second pass.
    guard let brace = Self.openingBrace(of: body) else { throw .noJSON }
    start = brace + 1
    var members = JSONMembers(scanning: body, at: brace)
    while let member = try Self.next(&members, in: body) {
      guard let index = names.firstIndex(where: { member.key.isName($0, in: body) }) else {
        continue
      }
      guard nodes[index] == nil else {
        throw RequestProblem(message: "request body contains '\(names[index])' more than once")
      }
      nodes[index] = member.value
    }
  }

  /// The value of a member; nil if it is missing or null.
  subscript(name: String) -> JSONNode? {
    guard let index = names.firstIndex(of: name), let node = nodes[index], !node.isNull else {
      return nil
    }
    return node
  }

  private static func openingBrace(of body: RawSpan) -> Int? {
    body.withUnsafeBytes { bytes in
      let first = bytes.firstIndex { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
      return first.flatMap { bytes[$0] == UInt8(ascii: "{") ? $0 : nil }
    }
  }

  private static func next(
    _ members: inout JSONMembers, in body: RawSpan
  ) throws(RequestProblem) -> JSONMember? {
    do throws(JSONError) { return try members.next(in: body) } catch { throw .noJSON }
  }
}

extension JSONNode {
  /// Whether a key is this name for the most forgiving reader: some servers take `Messages` for `messages`.
  fileprivate func isName(_ name: String, in body: RawSpan) -> Bool {
    isString(equalTo: name, in: body) || string(in: body)?.lowercased() == name.lowercased()
  }
}
