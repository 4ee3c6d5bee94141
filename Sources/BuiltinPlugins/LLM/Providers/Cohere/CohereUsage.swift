// SPDX-License-Identifier: Apache-2.0

extension Usage {
  /// What a call is billed: Cohere's `billed_units`, as in Kong. Its `tokens` also count Cohere's own instructions, which
  /// cost nothing; they stand in for a count that is not billed only where nothing else is there.
  ///
  /// Cohere counts cached tokens among `tokens`. No more of them are reported than there are tokens in the prompt.
  ///
  /// - Parameter node: `usage` of version 2, `meta` of version 1. Nil if neither count is in it.
  init?(cohere node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    var billed = CohereCounts()
    var all = CohereCounts()
    var cached: Int?
    var members = JSONMembers(of: node)
    while let member = try members.next(in: bytes) {
      if member.key.isString("billed_units", in: bytes) {
        billed = try CohereCounts(member.value, in: bytes)
      } else if member.key.isString("tokens", in: bytes) {
        all = try CohereCounts(member.value, in: bytes)
      } else if member.key.isString("cached_tokens", in: bytes) {
        cached = CohereCounts.count(member.value, in: bytes)
      }
    }
    let counts = billed.isEmpty ? all : billed
    guard !counts.isEmpty else { return nil }
    self.init(promptTokens: counts.input ?? 0, completionTokens: counts.output ?? 0)
    cachedPromptTokens = cached.map { min($0, promptTokens) }
  }
}

/// `input_tokens` and `output_tokens`.
private struct CohereCounts {
  var input: Int?
  var output: Int?

  init() {}

  init(_ node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    var members = JSONMembers(of: node)
    while let member = try members.next(in: bytes) {
      if member.key.isString("input_tokens", in: bytes) {
        input = Self.count(member.value, in: bytes)
      } else if member.key.isString("output_tokens", in: bytes) {
        output = Self.count(member.value, in: bytes)
      }
    }
  }

  var isEmpty: Bool { input == nil && output == nil }

  static func count(_ node: JSONNode, in bytes: RawSpan) -> Int? {
    node.integer(in: bytes).flatMap { $0 >= 0 ? $0 : nil }
  }
}

extension FinishReason {
  /// The reason by Cohere's names. `ERROR` is none: who reads it fails the answer.
  init(cohere name: String) {
    switch name {
    case "COMPLETE", "STOP_SEQUENCE", "USER_CANCEL": self = .stop
    // What there was time for, and what there was room for, is a part of an answer.
    case "MAX_TOKENS", "ERROR_LIMIT", "TIMEOUT": self = .length
    case "TOOL_CALL": self = .toolCalls
    case "ERROR_TOXIC": self = .contentFilter
    case "ERROR": self = .other(name)
    default: self = .stop
    }
  }
}
