// SPDX-License-Identifier: Apache-2.0

/// Kong's rules about which requests a route takes and which model answers them, in Kong's order.
package struct RequestCheck: Equatable, Sendable {
  /// The kind of API that the route offers.
  package var route: RouteType
  /// The configured model, its placeholders resolved; nil or empty if the client chooses.
  package var configuredModel: String?
  /// Another name by which clients may ask for the configured model; nil or empty if there is none.
  package var alias: String?
  /// Whether answers may be streamed.
  package var streaming: ResponseStreaming
  /// Whether a plugin of the chain wants the whole answer, so that none is streamed whoever asks for it.
  package var isWhole: Bool

  /// The rules of a route.
  package init(
    route: RouteType, configuredModel: String? = nil, alias: String? = nil,
    streaming: ResponseStreaming = .allow, isWhole: Bool = false
  ) {
    self.route = route
    self.configuredModel = configuredModel
    self.alias = alias
    self.streaming = streaming
    self.isWhole = isWhole
  }

  /// Bytes of a model's name at most: it goes into headers, logs and checkpoints.
  private static let longestModel = 1024

  /// What follows for a request that may go on.
  package struct Verdict: Equatable, Sendable {
    /// The model that is asked. Nil only on a `preserve` route where neither side names one.
    package var model: String?
    /// Whether the answer is streamed.
    package var isStreamed: Bool
  }

  /// Checks a request.
  ///
  /// - Throws: the first rule that it breaks.
  package func verdict(
    on facts: RequestFacts, in body: RawSpan
  ) throws(RequestProblem) -> Verdict {
    if route != .preserve, let duplicate = facts.duplicate { throw duplicate }
    let format = try format(of: facts, in: body)
    let configured = configuredModel.flatMap { $0.isEmpty ? nil : $0 }
    if let configured, facts.models.contains(where: { $0 != configured && $0 != alias }) {
      throw .ownModel(configured: configured)
    }
    let model = configured ?? facts.models.last
    if let model, model.utf8.count > Self.longestModel { throw .modelTooLong }
    if route != .preserve {
      if model == nil { throw .noModel }
      switch format {
      case .none: throw .formatNotRecognised
      case .several: throw .multipleFormats
      case .one(let format) where format != route:
        throw .incompatible(format: format, route: route)
      case .one: break
      }
    }
    if streaming == .deny, facts.asksForStream { throw .streamingDenied }
    // Two different names from the client would let it be answered by a model that was not counted.
    if configured == nil, Set(facts.models).count > 1 { throw .duplicateMember("model") }
    return Verdict(model: model, isStreamed: isStreamed(facts))
  }

  /// The model of a request in a provider's own format.
  ///
  /// - Throws: where it names another one than the configuration, asks for a stream that is not allowed, or where
  ///   neither side names a model that the operation needs.
  package func model(native call: NativeCall) throws(RequestProblem) -> String? {
    let configured = configuredModel.flatMap { $0.isEmpty ? nil : $0 }
    if let configured, let asked = call.model, asked != configured, asked != alias {
      throw .ownModel(configured: configured)
    }
    let model = call.model ?? configured
    if let model, model.utf8.count > Self.longestModel { throw .modelTooLong }
    if model == nil, call.kind == .chat { throw .noModel }
    if streaming == .deny, call.isStreamed { throw .streamingDenied }
    return model
  }

  private func isStreamed(_ facts: RequestFacts) -> Bool {
    switch route {
    case .chat, .completions: !isWhole && (streaming == .always || facts.asksForStream)
    case .embeddings: false
    case .preserve: facts.asksForStream  // the body that says so is not rewritten
    }
  }

  private enum Format {
    case none
    case one(RouteType)
    case several
  }

  private func format(
    of facts: RequestFacts, in body: RawSpan
  ) throws(RequestProblem) -> Format {
    let isChat = facts.messages.map { $0.kind == .array && !$0.isEmpty(in: body) } ?? false
    let isCompletion = facts.prompt.map { isText($0, in: body) } ?? false
    let isEmbedding = facts.input.map { isText($0, in: body) } ?? false
    if isChat, isCompletion { return .several }
    if isChat { return .one(.chat) }
    if isCompletion { return .one(.completions) }
    if isEmbedding { return .one(.embeddings) }
    if route == .preserve { return .none }
    throw .noPrompts
  }

  /// Whether a value is a text, or a non-empty array of texts, of tokens, or of arrays of tokens.
  private func isText(_ value: JSONNode, in body: RawSpan) -> Bool {
    if value.kind == .string { return true }
    guard value.kind == .array, let first = try? value.element(0, in: body) else { return false }
    switch first.kind {
    case .string, .number: return true
    case .array: return !first.isEmpty(in: body)
    case .null, .false, .true, .object: return false
    }
  }
}
