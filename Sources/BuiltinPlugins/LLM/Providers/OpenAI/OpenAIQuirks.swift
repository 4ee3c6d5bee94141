// SPDX-License-Identifier: Apache-2.0

/// Where a provider that speaks OpenAI's API takes a request differently than OpenAI.
package struct OpenAIQuirks: Equatable, Sendable {
  /// By which name a chat's limit of tokens is taken.
  package enum LengthLimit: Equatable, Sendable {
    /// By both: the client's choice is kept.
    case eitherName
    /// By `max_tokens` only: the newer name is unknown, or disregarded in silence.
    case maxTokens
    /// By the model: reasoning models want `max_completion_tokens`, all others take both.
    case byModel
  }

  /// How a stream tells what it used.
  package enum StreamUsage: Equatable, Sendable {
    /// When `stream_options` asks for it.
    case onRequest
    /// Always, in each chunk. `stream_options` is refused.
    case always
    /// Never. `stream_options` is refused.
    case never
  }

  /// The name of the limit.
  package var lengthLimit = LengthLimit.byModel
  /// The usage of streams.
  package var streamUsage = StreamUsage.onRequest
  /// Whether errors inside of a stream are in a shape of the provider's own.
  package var hasOwnStreamErrors = false
  /// Whether `top_k` is taken, which is not OpenAI's.
  package var takesTopK = false
  /// Whether there is a role `developer`; otherwise it is written as `system`.
  package var takesDeveloperRole = true
  /// Whether an answer can be bound to a JSON schema; otherwise only to JSON.
  package var takesJSONSchema = true
  /// Members of a chat for which every model refuses the request: they are left out.
  package var refused: [String] = []
  /// Members of a chat that are read over in silence: they stay, in case that has changed.
  package var disregarded: [String] = []

  /// OpenAI itself.
  package init() {}
}

extension OpenAIQuirks {
  /// What of a request in OpenAI's format this provider needs to be different.
  package struct Findings: Equatable, Sendable {
    /// What the provider cannot take, by its place in the body: `top_k`,
    /// `response_format.json_schema`.
    package var unsupported: [String] = []
    /// Changes inside of messages. No other edit of a gateway's reaches there.
    package var splices: [Splice] = []

    /// Nothing.
    package init() {}
  }

  /// Looks through a chat or a completion, and adds what has to change to an edit of its members.
  ///
  /// - Throws: only if the body was not validated as JSON before.
  package func inspect(
    _ facts: RequestFacts, in body: RawSpan, model: String, isChat: Bool, _ edit: inout JSONEdit
  ) throws(JSONError) -> Findings {
    var findings = Findings()
    var members = JSONMembers(of: facts.root)
    while let key = try members.nextKey(in: body) {
      let member = JSONMember(key: key, value: try members.value(in: body, known: facts.messages))
      if member.value.isNull { continue }
      if key.isString("messages", in: body) {
        if !takesDeveloperRole { try rename(in: member.value, body, &findings) }
      } else if key.isString("top_k", in: body) {
        if !takesTopK { refuse("top_k", &edit, &findings) }
      } else if key.isString("stream_options", in: body) {
        // What it asks for comes all the same, or cannot come at all.
        if streamUsage != .onRequest { edit.remove("stream_options") }
        if streamUsage == .never { findings.note("stream_options") }
      } else if isChat {
        try inspect(chat: member, in: body, model, &edit, &findings)
      }
    }
    return findings
  }

  private func inspect(
    chat member: JSONMember, in body: RawSpan, _ model: String, _ edit: inout JSONEdit,
    _ findings: inout Findings
  ) throws(JSONError) {
    let key = member.key
    if key.isString("max_completion_tokens", in: body) {
      guard lengthLimit == .maxTokens else { return }
      edit.set("max_tokens", to: member.value.text(in: body))
      edit.remove("max_completion_tokens")
    } else if key.isString("max_tokens", in: body) {
      guard lengthLimit == .byModel, OpenAI.wantsMaxCompletionTokens(model) else { return }
      edit.setIfAbsent("max_completion_tokens", to: member.value.text(in: body))
      edit.remove("max_tokens")
    } else if key.isString("response_format", in: body) {
      let type = try member.value.member("type", in: body)
      guard !takesJSONSchema, type?.isString("json_schema", in: body) == true else { return }
      edit.set("response_format", to: JSONText { $0.object { $0.member("type", "json_object") } })
      findings.note("response_format.json_schema")
    } else if let name = refused.first(where: { key.isString(equalTo: $0, in: body) }) {
      refuse(name, &edit, &findings)
    } else if let name = disregarded.first(where: { key.isString(equalTo: $0, in: body) }) {
      findings.note(name)
    }
  }

  private func refuse(_ name: String, _ edit: inout JSONEdit, _ findings: inout Findings) {
    edit.remove(name)
    findings.note(name)
  }

  private func rename(
    in messages: JSONNode, _ body: RawSpan, _ findings: inout Findings
  ) throws(JSONError) {
    var elements = JSONElements(of: messages)
    while let message = try elements.next(in: body) {
      var members = JSONMembers(of: message)
      while let member = try members.next(in: body) {
        guard member.key.isString("role", in: body),
          member.value.isString("developer", in: body)
        else { continue }
        let place = member.value.range
        findings.splices.append(
          Splice(
            offset: place.lowerBound, delete: place.count, insert: JSONText.string("system").bytes))
      }
    }
  }
}

extension OpenAIQuirks.Findings {
  /// A member can occur twice.
  fileprivate mutating func note(_ name: String) {
    if !unsupported.contains(name) { unsupported.append(name) }
  }
}

extension OpenAIQuirks {
  /// How a stream must be changed on its way; nil: not at all, a copy of it is enough.
  package func streamEditor(clientAskedForUsage: Bool) -> OpenAIStreamEditor? {
    guard clientAskedForUsage else { return OpenAIStreamEditor(.hidden) }
    if streamUsage == .always { return OpenAIStreamEditor(.atEnd) }
    return hasOwnStreamErrors ? OpenAIStreamEditor(.asSent) : nil
  }
}
