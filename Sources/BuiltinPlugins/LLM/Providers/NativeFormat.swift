// SPDX-License-Identifier: Apache-2.0

/// A provider whose own API clients may speak: Kong's `llm_format`. The bytes pass untouched both ways, and are read
/// for guards and for what they cost.
package protocol NativeFormat: Provider {
  /// What a client asks for.
  ///
  /// - Parameters:
  ///   - path: The client's path without its query, as it came: percent-encoded, the route's prefix still in front.
  ///   - query: The client's query, without the question mark.
  ///   - body: May be empty, or no JSON.
  /// - Throws: when it is none of the API's operations.
  func nativeCall(
    path: String, query: String, body: RawSpan
  ) throws(RequestProblem) -> NativeCall

  /// The conversation of a native body in the neutral form, for plugins that look at prompts.
  func chat(native body: RawSpan) throws(JSONError) -> ChatRequest
}

/// What a client asks of a provider's own API.
package struct NativeCall: Equatable, Sendable {
  /// How an operation is counted.
  package enum Kind: Equatable, Sendable {
    /// Its answer is one of ``Provider/answer(_:_:)`` or a stream of its events.
    case chat
    /// It passes, and nothing is counted.
    case other
  }

  /// How it is counted.
  package var kind: Kind
  /// The model, from the path or the body; nil where the operation has none.
  package var model: String?
  /// Whether the answer comes in pieces.
  package var isStreamed: Bool
  /// The path for the provider, made anew with the model's name escaped: nothing of the client's path survives
  /// unlooked at.
  package var path: String
  /// Fields that the provider wants, for clients that do not send them.
  package var headers: [ProviderRequest.Field] = []

  /// A call.
  package init(kind: Kind, model: String?, isStreamed: Bool, path: String) {
    self.kind = kind
    self.model = model
    self.isStreamed = isStreamed
    self.path = path
  }
}
