// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// A request for a provider with an API of its own.
extension AIProxy {
  private struct Translated {
    var verdict: RequestCheck.Verdict
    var call: ProviderCall
    var request: ProviderRequest
    var encoding = EmbeddingRequest.Encoding.float
    var asksForUsage: Bool
    var words: Int
  }

  mutating func translate(
    _ request: inout Request, for provider: any Provider, _ resolved: ModelTemplates.Resolved,
    _ address: UpstreamAddress
  ) throws(RequestProblem) {
    let check = check(resolved)
    let call = ProviderCall(
      route: route, model: "", id: answerID(of: request),
      created: Int(request.receivedAt / 1_000_000))
    let translated = try request.body.bytes.withRaw { bytes throws(RequestProblem) in
      try translate(bytes, provider, check, call)
    }
    try refuse(translated.request.unsupported)
    note(translated.verdict, words: translated.words)
    state.call = translated.call
    state.encoding = translated.encoding
    state.includesUsage = translated.asksForUsage
    state.unsupported = translated.request.unsupported
    put(translated.request, provider, into: &request, resolved, address)
    request.later.response = state.isStreamed ? .headOnly : .wholeBody
    request.later.chunk = state.isStreamed ? .transform : .drop
  }

  /// Unique as long as a host runs, and in time behind that.
  private func answerID(of request: Request) -> String {
    let number = String(request.receivedAt, radix: 36) + String(request.exchangeID, radix: 36)
    return (route == .completions ? "cmpl-" : "chatcmpl-") + number
  }

  private func translate(
    _ body: RawSpan, _ provider: any Provider, _ check: RequestCheck, _ call: ProviderCall
  ) throws(RequestProblem) -> Translated {
    let facts = try RequestFacts(body)
    let verdict = try check.verdict(on: facts, in: body)
    var call = call
    call.model = verdict.model ?? ""
    call.isStreamed = verdict.isStreamed
    var words = 0
    var embeddings: EmbeddingRequest?
    var chat: ChatRequest?
    do throws(LLM.JSONError) {
      if call.route == .embeddings {
        words = try TokenEstimate.words(in: body, request: facts.root)
        embeddings = try EmbeddingRequest(openAI: facts.root, in: body)
      } else if call.route == .chat {
        chat = try ChatRequest(openAI: facts.root, in: body)
      }
    } catch {
      throw .noPrompts  // the facts were read from validated JSON, so this is not met
    }
    if call.route == .completions { chat = try ChatRequest(completion: facts.root, in: body) }
    if let chat { words = TokenEstimate.words(in: chat) }
    var request: ProviderRequest
    if var embeddings {
      embeddings.dimensions =
        instance.config.model.options?.embeddingsDimensions ?? embeddings.dimensions
      request = try provider.request(embeddings, call)
    } else {
      var chat = chat ?? ChatRequest(model: nil, messages: [])
      chat.model = call.model
      chat.isStreamed = call.isStreamed
      instance.config.model.options?.apply(to: &chat.sampling)
      request = try provider.request(chat, call)
      request.unsupported += chat.lost
    }
    return Translated(
      verdict: verdict, call: call, request: request, encoding: embeddings?.encoding ?? .float,
      asksForUsage: facts.asksForUsage, words: words)
  }

  func refuse(_ unsupported: [String]) throws(RequestProblem) {
    guard instance.config.patchbay.unsupported == .reject, let first = unsupported.first else {
      return
    }
    throw RequestProblem(
      message:
        "\(instance.config.model.provider) cannot take \(unsupported.joined(separator: ", "))",
      parameter: first)
  }

  private func put(
    _ translated: ProviderRequest, _ provider: any Provider, into request: inout Request,
    _ resolved: ModelTemplates.Resolved, _ address: UpstreamAddress
  ) {
    let whole = 0..<request.body.count
    if let bodySecret = instance.bodySecret {
      bodySecret.replaceAll(of: &request.body, with: translated.body)
    } else {
      request.body.replace(whole, with: translated.body)
    }
    let path = resolved.path(of: provider, translated)
    request.target = address.target
    // The client's query is for the gateway: a provider's own could be bent with it.
    request.path = address.target(path: path, clientQuery: "")
    for field in translated.query { request.query.set(field.name, field.value) }
    request.method = "POST"
    request.headers["content-type"] = "application/json"
    for field in translated.headers { request.headers.set(field.name, field.value) }
    request.headers["accept-encoding"] = "identity"
  }
}
