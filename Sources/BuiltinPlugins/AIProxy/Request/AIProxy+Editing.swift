// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// A request for an upstream that speaks OpenAI's API: what must change is changed in place.
extension AIProxy {
  private struct Prepared {
    var facts: RequestFacts
    var verdict: RequestCheck.Verdict
    var words: Int
    var splices: [Splice]
    var unsupported: [String]
  }

  /// - Parameter provider: Nil: the client's words pass as they are.
  mutating func edit(
    _ request: inout Request, for provider: OpenAICompatible?,
    _ resolved: ModelTemplates.Resolved, _ address: UpstreamAddress
  ) throws(RequestProblem) {
    let check = check(resolved)
    let provider = provider?.following(clientVersion: request.query["api-version"])
    let quirks = provider?.quirks ?? OpenAIQuirks()
    let prepared = try request.body.bytes.withRaw { bytes throws(RequestProblem) in
      try prepare(bytes, check, quirks)
    }
    state.unsupported = prepared?.unsupported ?? []
    try refuse(state.unsupported)
    if let prepared {
      note(prepared.verdict, words: prepared.words)
    } else {
      state.model = resolved.name
    }
    state.model = state.model ?? resolved.name
    for splice in prepared?.splices ?? [] { apply(splice, to: &request.body) }
    self.address(&request, provider, resolved, address)
    choosePhases(
      &request, quirks, clientAskedForUsage: prepared?.facts.asksForUsage ?? false)
  }

  /// Nil: a preserved body that is no JSON, which tells neither a model nor whether it streams.
  private func prepare(
    _ body: RawSpan, _ check: RequestCheck, _ quirks: OpenAIQuirks
  ) throws(RequestProblem) -> Prepared? {
    let facts: RequestFacts
    do throws(RequestProblem) {
      facts = try RequestFacts(body)
    } catch {
      guard route == .preserve else { throw error }
      guard instance.bodySecret == nil || body.isEmpty else {
        // Without its key the request would be refused upstream, and nobody would know why.
        throw RequestProblem(
          message: "request body is no JSON object, which auth.param_location 'body' needs")
      }
      return nil
    }
    let verdict = try check.verdict(on: facts, in: body)
    do throws(LLM.JSONError) {
      var findings = OpenAIQuirks.Findings()
      let edit = try edit(facts, verdict, body, quirks, &findings)
      let splices = try edit.splices(in: body, object: facts.root, known: facts.messages)
      return Prepared(
        facts: facts, verdict: verdict,
        words: try TokenEstimate.words(in: body, request: facts.root),
        splices: Splice.merged(splices, findings.splices), unsupported: findings.unsupported)
    } catch {
      throw .noPrompts  // the facts were read from validated JSON, so this is not met
    }
  }

  private func edit(
    _ facts: RequestFacts, _ verdict: RequestCheck.Verdict, _ body: RawSpan,
    _ quirks: OpenAIQuirks, _ findings: inout OpenAIQuirks.Findings
  ) throws(LLM.JSONError) -> JSONEdit {
    var rewrite = OpenAIRequestRewrite(
      route: route, model: verdict.model, isStreamed: verdict.isStreamed)
    instance.config.model.options?.apply(to: &rewrite)
    rewrite.quirks = quirks
    var edit = try rewrite.edit(for: facts, in: body, &findings)
    instance.bodySecret?.add(to: &edit)
    return edit
  }

  private func apply(_ splice: Splice, to body: inout Body) {
    if let bodySecret = instance.bodySecret {
      bodySecret.apply(splice, to: &body)
    } else {
      body.apply(splice)
    }
  }

  private func address(
    _ request: inout Request, _ provider: OpenAICompatible?, _ resolved: ModelTemplates.Resolved,
    _ address: UpstreamAddress
  ) {
    let isPreserved = route == .preserve
    let client = request.original.pathAndQuery
    // A preserved request keeps its own path even where an address has one.
    let path =
      if isPreserved {
        resolved.configuredPath ?? client.path
      } else {
        resolved.path(of: provider, route) ?? "/"
      }
    request.target = address.target
    request.path = address.target(path: path, clientQuery: client.query)
    for field in provider?.query ?? [] { request.query.set(field.name, field.value) }
    if !isPreserved {
      request.method = "POST"
      request.headers.setIfAbsent("content-type", "application/json")
    }
    // What is counted must be readable.
    if !isPreserved || readsPreserved { request.headers["accept-encoding"] = "identity" }
  }

  /// What this exchange needs of the later phases: a stream by copy where the client gets it as it
  /// comes, by transformation where something in it has to change, such as the usage that we asked
  /// for.
  private mutating func choosePhases(
    _ request: inout Request, _ quirks: OpenAIQuirks, clientAskedForUsage: Bool
  ) {
    var later = request.later
    defer { request.later = later }
    guard state.isStreamed, !state.mustBeWhole else {
      later.chunk = .drop
      let passesUnread = route == .preserve && !readsPreservedAtOnce
      later.response = passesUnread ? .headOnly : .wholeBody
      return
    }
    later.response = .headOnly
    let isPreserved = route == .preserve
    if !isPreserved, let editor = quirks.streamEditor(clientAskedForUsage: clientAskedForUsage) {
      state.reading = .editing(editor)
      later.chunk = .transform
    } else {
      state.reading = .counting(StreamUsageCounter())
      later.chunk = .copy
    }
  }
}
