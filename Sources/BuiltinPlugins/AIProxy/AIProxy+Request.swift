// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK

// The request: checked, rewritten, addressed, signed.
extension AIProxy: RequestPhase {
  var requestInterest: Interest? {
    Interest(
      headers: HeaderInterest(["content-type"] + templates.headers),
      body: .whole(limit: config.maxRequestBodySize == 0 ? nil : config.maxRequestBodySize))
  }

  mutating func request(_ request: inout Request) -> RequestReply {
    request.errorTemplate = OpenAIDialect.errors
    do throws(RequestProblem) {
      try prepare(&request)
      return .proceed
    } catch {
      return .respond(Response(error))
    }
  }

  private mutating func prepare(_ request: inout Request) throws(RequestProblem) {
    let resolved = try templates.resolved(for: request)
    try checkContentType(of: request)
    let check = RequestCheck(
      route: config.routeType, configuredModel: resolved.name, alias: config.model.alias,
      streaming: config.responseStreaming)
    let body = request.body.bytes
    let result = body.withRaw { bytes in
      Result { () throws(RequestProblem) in try prepare(bytes, check) }
    }
    let prepared = try result.get()
    state = ProxyState()
    state.isActive = true
    state.isStreamed = prepared?.verdict.isStreamed ?? false
    state.model = prepared?.verdict.model ?? resolved.name
    state.promptEstimate = TokenEstimate.promptTokens(
      words: prepared?.words ?? 0, isStreamed: state.isStreamed)
    for splice in prepared?.splices ?? [] { apply(splice, to: &request.body) }
    address(&request, resolved)
    authenticate(&request)
    choosePhases(&request, clientAskedForUsage: prepared?.facts.asksForUsage ?? false)
    if let model = state.model { request.variables["llm.model"] = .text(model) }
    request.variables["llm.provider"] = .text(config.model.provider)
  }

  /// A body that is labelled as something else would be read as JSON here and as a form elsewhere: it
  /// could hide its model from one of both.
  private func checkContentType(of request: Request) throws(RequestProblem) {
    guard config.routeType != .preserve, let type = request.headers["content-type"] else { return }
    guard MediaType(type).isJSON else { throw .wrongContentType }
  }

  private struct Prepared {
    var facts: RequestFacts
    var verdict: RequestCheck.Verdict
    var words: Int
    var splices: [Splice]
  }

  /// Nil: a preserved body that is no JSON, which tells neither a model nor whether it streams.
  private func prepare(
    _ body: RawSpan, _ check: RequestCheck
  ) throws(RequestProblem) -> Prepared? {
    let facts: RequestFacts
    do throws(RequestProblem) {
      facts = try RequestFacts(body)
    } catch {
      guard config.routeType == .preserve else { throw error }
      guard bodySecret == nil || body.isEmpty else {
        // Without its key the request would be refused upstream, and nobody would know why.
        throw RequestProblem(
          message: "request body is no JSON object, which auth.param_location 'body' needs")
      }
      return nil
    }
    let verdict = try check.verdict(on: facts, in: body)
    do throws(LLM.JSONError) {
      return Prepared(
        facts: facts, verdict: verdict,
        words: try TokenEstimate.words(in: body, request: facts.root),
        splices: try edit(facts, verdict, body).splices(in: body, object: facts.root))
    } catch {
      throw .noPrompts  // the facts were read from validated JSON, so this is not met
    }
  }

  private func edit(
    _ facts: RequestFacts, _ verdict: RequestCheck.Verdict, _ body: RawSpan
  ) throws(LLM.JSONError) -> JSONEdit {
    var rewrite = OpenAIRequestRewrite(
      route: config.routeType, model: verdict.model, isStreamed: verdict.isStreamed)
    let options = config.model.options
    rewrite.sampling.temperature = options?.temperature.map(\.jsonText)
    rewrite.sampling.topP = options?.topP.map(\.jsonText)
    rewrite.sampling.maxTokens = options?.maxTokens
    rewrite.dimensions = options?.embeddingsDimensions
    var edit = try rewrite.edit(for: facts, in: body)
    bodySecret?.add(to: &edit)
    return edit
  }

  private func apply(_ splice: Splice, to body: inout Body) {
    if let bodySecret {
      bodySecret.apply(splice, to: &body)
    } else {
      body.replace(splice.offset..<splice.offset + splice.delete, with: splice.insert)
    }
  }

  private func address(_ request: inout Request, _ resolved: ModelTemplates.Resolved) {
    let isPreserved = config.routeType == .preserve
    let client = request.original.path
    let mark = client.firstIndex(of: "?") ?? client.endIndex
    let configured = resolved.path.map { UpstreamAddress.rooted($0) }
    // Kong's rule: an address brings its path along, but a preserved request keeps its own.
    let path =
      if isPreserved {
        configured ?? String(client[..<mark])
      } else if templates.hasAddress {
        resolved.address.path
      } else {
        configured ?? resolved.address.path
      }
    request.target = resolved.address.target
    request.path = resolved.address.target(path: path, clientQuery: client[mark...].dropFirst())
    if !isPreserved {
      request.method = "POST"
      request.headers.setIfAbsent("content-type", "application/json")
    }
    // What is counted must be readable.
    if !isPreserved || readsPreserved { request.headers["accept-encoding"] = "identity" }
  }

  private func authenticate(_ request: inout Request) {
    let auth = config.auth
    if let name = auth.headerName, let value = auth.headerValue {
      if auth.allowOverride {
        request.headers.setIfAbsent(name, value)
      } else {
        request.headers.set(name, value)
      }
    }
    guard auth.paramLocation == .query, let name = auth.paramName, let value = auth.paramValue
    else { return }
    if auth.allowOverride {
      request.query.setIfAbsent(name, value)
    } else {
      request.query.set(name, value)
    }
  }

  /// What this exchange needs of the later phases: a stream by copy where the client gets it as it
  /// comes, by transformation where the usage that we asked for has to be taken out.
  private mutating func choosePhases(_ request: inout Request, clientAskedForUsage: Bool) {
    guard state.isStreamed else {
      request.later.chunk = .drop
      request.later.response = config.routeType == .preserve ? .headOnly : .wholeBody
      return
    }
    request.later.response = .headOnly
    if clientAskedForUsage || config.routeType == .preserve {
      state.reading = .counting(StreamUsageCounter())
      request.later.chunk = .copy
    } else {
      state.reading = .removing(StreamUsageRemover())
      request.later.chunk = .transform
    }
  }
}
