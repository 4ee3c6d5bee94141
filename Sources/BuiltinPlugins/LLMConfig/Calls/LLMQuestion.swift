// SPDX-License-Identifier: Apache-2.0

import LLM
package import PluginSDK

/// One question to a model, in the provider's words.
package struct LLMQuestion: Sendable {
  /// The request, but for credentials.
  package var http: HTTPRequest
  let backend: Backend
  let call: ProviderCall
  /// The model that is asked; nil: the provider has only one.
  package let model: String?
  /// What the provider cannot be told.
  package let unsupported: [String]
  let promptEstimate: Int

  init(
    _ chat: ChatRequest, to backend: Backend, at address: UpstreamAddress,
    _ resolved: ModelTemplates.Resolved, _ record: ModelRecord, receivedAt: UInt64,
    _ secret: BodySecret?
  ) throws(RequestProblem) {
    var chat = chat
    chat.model = resolved.name
    chat.isStreamed = false
    promptEstimate = TokenEstimate.promptTokens(
      words: TokenEstimate.words(in: chat), isStreamed: false)
    model = resolved.name
    call = ProviderCall(
      model: resolved.name ?? "", id: "chatcmpl-" + String(receivedAt, radix: 36),
      created: Int(receivedAt / 1_000_000))
    self.backend = backend
    switch backend {
    case .openAI(let provider):
      let draft = try Self.openAI(chat, provider, record)
      unsupported = draft.unsupported
      let path = resolved.path(of: provider, .chat) ?? "/"
      http = Self.request(draft.body, address, path, provider.query, secret)
    case .translated(let provider), .native(let provider as any Provider):
      record.options?.apply(to: &chat.sampling)
      let request = try provider.request(chat, call)
      unsupported = request.unsupported
      let path = resolved.path(of: provider, request)
      http = Self.request(request.body, address, path, request.query, secret)
      for field in request.headers { http.headers.set(field.name, field.value) }
    }
  }

  /// As ai-proxy would have edited it, had a client sent it.
  private static func openAI(
    _ chat: ChatRequest, _ provider: OpenAICompatible, _ record: ModelRecord
  ) throws(RequestProblem) -> (body: [UInt8], unsupported: [String]) {
    let draft = chat.openAI
    let bytes = draft.span.bytes
    let facts = try RequestFacts(bytes)
    var rewrite = OpenAIRequestRewrite(route: .chat, model: chat.model, isStreamed: false)
    record.options?.apply(to: &rewrite)
    rewrite.quirks = provider.quirks
    do throws(LLM.JSONError) {
      var findings = OpenAIQuirks.Findings()
      let edit = try rewrite.edit(for: facts, in: bytes, &findings)
      let splices = try edit.splices(in: bytes, object: facts.root)
      let body = Splice.apply(Splice.merged(splices, findings.splices), to: bytes)
      return (body, findings.unsupported)
    } catch {
      throw .noPrompts  // it was written here, so this is not met
    }
  }

  private static func request(
    _ body: [UInt8], _ address: UpstreamAddress, _ path: String, _ query: [ProviderRequest.Field],
    _ secret: BodySecret?
  ) -> HTTPRequest {
    var request = HTTPRequest(
      method: "POST", url: address.url(address.target(path: path, clientQuery: "")),
      headers: ["content-type": "application/json"], body: body)
    for field in query { request.query.set(field.name, field.value) }
    secret?.fill(&request)
    return request
  }
}
