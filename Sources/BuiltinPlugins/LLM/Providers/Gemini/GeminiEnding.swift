// SPDX-License-Identifier: Apache-2.0

/// Why a candidate ended.
struct GeminiEnding: Equatable {
  /// In OpenAI's words; nil while it has not ended.
  let reason: FinishReason?
  /// What went wrong, where OpenAI has no word for it: the client is told as a refusal instead of getting nothing.
  let complaint: String?

  init(_ candidate: GeminiCandidate, in bytes: RawSpan) {
    guard let node = candidate.reason, let name = node.string(in: bytes) else {
      (reason, complaint) = (nil, nil)
      return
    }
    let known = Self.known(name)
    reason = known ?? .stop
    complaint =
      known == nil
      ? candidate.message?.string(in: bytes) ?? "the model stopped early: \(name)" : nil
  }

  private static func known(_ name: String) -> FinishReason? {
    switch name {
    case "STOP", "FINISH_REASON_UNSPECIFIED": .stop
    case "MAX_TOKENS": .length
    case "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
      "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "MODEL_ARMOR":
      .contentFilter
    // MALFORMED_FUNCTION_CALL, UNEXPECTED_TOOL_CALL, OTHER and what is yet to come.
    default: nil
    }
  }
}
