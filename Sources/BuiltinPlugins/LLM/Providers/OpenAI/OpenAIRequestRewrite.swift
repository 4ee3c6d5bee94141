// SPDX-License-Identifier: Apache-2.0

/// What a gateway changes in a request in OpenAI's format, as splices: all else reaches the
/// upstream byte for byte.
package struct OpenAIRequestRewrite: Equatable, Sendable {
  /// Sampling values of the configuration, in their own spelling.
  package struct Sampling: Equatable, Sendable {
    /// `temperature`
    package var temperature: JSONText?
    /// `top_p`
    package var topP: JSONText?
    /// The most tokens that an answer may have.
    package var maxTokens: Int?
    /// `top_k`, for providers that take it.
    package var topK: Int?

    /// No values.
    package init() {}
  }

  /// Whose sampling value holds when both sides give one.
  package enum Precedence: String, Equatable, Sendable, Codable, CaseIterable {
    /// The configuration's, as Kong's code has it.
    case configuration
    /// The client's, as Kong's documentation has it.
    case client
  }

  /// The model to ask; nil leaves the body's.
  package var model: String?
  /// The API.
  package var route: RouteType
  /// Whether the answer is to be streamed.
  package var isStreamed: Bool
  /// Values of the configuration.
  package var sampling = Sampling()
  /// Whose values hold.
  package var precedence = Precedence.configuration
  /// The size of the vectors that embeddings are to have.
  package var dimensions: Int?
  /// How the provider differs from OpenAI.
  package var quirks = OpenAIQuirks()

  /// A rewrite that sets the model and says whether to stream.
  package init(route: RouteType, model: String?, isStreamed: Bool) {
    self.route = route
    self.model = model
    self.isStreamed = isStreamed
  }

  /// The changes of a body. All that go into one body go into one edit: more may be added.
  ///
  /// - Throws: only if the body was not read as ``RequestFacts`` before, which validates it.
  package func edit(for facts: RequestFacts, in body: RawSpan) throws(JSONError) -> JSONEdit {
    var findings = OpenAIQuirks.Findings()
    return try edit(for: facts, in: body, &findings)
  }

  /// The changes of a body, and what the provider makes necessary beside them: splices inside of
  /// messages, and the names of what it cannot take.
  package func edit(
    for facts: RequestFacts, in body: RawSpan, _ findings: inout OpenAIQuirks.Findings
  ) throws(JSONError) -> JSONEdit {
    var edit = JSONEdit()
    guard route != .preserve else { return edit }
    if let model { edit.set("model", to: .string(model)) }
    guard route != .embeddings else {
      if let dimensions { set("dimensions", .integer(dimensions), in: &edit) }
      return edit
    }
    findings = try quirks.inspect(
      facts, in: body, model: asked(facts), isChat: route == .chat, &edit)
    edit.set("stream", to: .boolean(isStreamed))
    if isStreamed, quirks.streamUsage == .onRequest {
      edit.set("stream_options", "include_usage", to: .boolean(true))
    }
    if let topK = sampling.topK, quirks.takesTopK { set("top_k", .integer(topK), in: &edit) }
    if let temperature = sampling.temperature { set("temperature", temperature, in: &edit) }
    if let topP = sampling.topP { set("top_p", topP, in: &edit) }
    if let maxTokens = sampling.maxTokens {
      try setMaxTokens(maxTokens, facts, in: body, &edit)
    }
    return edit
  }

  /// The splices for a body, if nothing else is changed in it.
  package func splices(
    for facts: RequestFacts, in body: RawSpan
  ) throws(JSONError) -> [Splice] {
    var findings = OpenAIQuirks.Findings()
    let edit = try edit(for: facts, in: body, &findings)
    return Splice.merged(
      try edit.splices(in: body, object: facts.root, known: facts.messages), findings.splices)
  }

  private func set(_ key: String, _ value: JSONText, in edit: inout JSONEdit) {
    switch precedence {
    case .configuration: edit.set(key, to: value)
    case .client: edit.setIfAbsent(key, to: value)
    }
  }

  /// There are two names for the same limit, and a request may have only one: the one that the
  /// model takes, else the one that the client used.
  private func setMaxTokens(
    _ limit: Int, _ facts: RequestFacts, in body: RawSpan, _ edit: inout JSONEdit
  ) throws(JSONError) {
    let old = try facts.root.member("max_tokens", in: body).flatMap { $0.isNull ? nil : $0 }
    let new = try facts.root.member("max_completion_tokens", in: body)
      .flatMap { $0.isNull ? nil : $0 }
    if precedence == .client, old != nil || new != nil { return }
    let wantsNew = wantsNewName(facts, clientUsesNew: new != nil)
    edit.set(wantsNew ? "max_completion_tokens" : "max_tokens", to: .integer(limit))
    edit.remove(wantsNew ? "max_tokens" : "max_completion_tokens")
  }

  private func wantsNewName(_ facts: RequestFacts, clientUsesNew: Bool) -> Bool {
    guard route == .chat else { return false }
    switch quirks.lengthLimit {
    case .eitherName: return clientUsesNew
    case .maxTokens: return false
    case .byModel: return clientUsesNew || OpenAI.wantsMaxCompletionTokens(asked(facts))
    }
  }

  private func asked(_ facts: RequestFacts) -> String { model ?? facts.models.last ?? "" }
}
