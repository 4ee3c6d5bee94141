// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK

/// Kong's `ai-proxy`: checks a request, sends it to the configured provider with the provider's key, and counts what the
/// answer used.
///
/// The key is a handle here; the host fills it in. Bodies are edited by splices, streams pass through.
@main
struct AIProxy: Plugin, RequestPhase, ResponsePhase, ChunkPhase, CompletePhase, Stateful {
  static let manifest = Manifest(name: "ai-proxy", version: "0.1.0", priority: 770)
  static let schema = ProxyConfig.schema

  private let config: ProxyConfig
  private let model: ModelTemplates
  private let upstream: UpstreamAddress
  private let prices: TokenPrices?
  var state = ProxyState()

  init(config: ProxyConfig, host: Host) throws {
    self.config = config
    model = ModelTemplates(config.model)
    upstream = try UpstreamAddress(config)
    prices = TokenPrices(
      input: config.model.options?.inputCost.flatMap(\.decimal),
      output: config.model.options?.outputCost.flatMap(\.decimal))
  }

  // MARK: - Request

  var requestInterest: Interest? {
    Interest(
      headers: HeaderInterest(["content-type"] + model.headers),
      body: .whole(limit: config.maxRequestBodySize == 0 ? nil : config.maxRequestBodySize))
  }

  mutating func request(_ request: inout Request) -> RequestReply {
    request.errorTemplate = OpenAIDialect.errors
    do throws(RequestProblem) {
      try prepare(&request)
      return .proceed
    } catch {
      return .respond(
        Response(
          status: error.status, headers: ["content-type": "application/json"], body: error.body))
    }
  }

  private mutating func prepare(_ request: inout Request) throws(RequestProblem) {
    let configured = try model.name(for: request)
    let check = RequestCheck(
      route: config.routeType, configuredModel: configured, streaming: config.responseStreaming)
    let body = request.body.bytes
    let route = config.routeType
    let result = body.withRaw { bytes -> Result<Prepared?, RequestProblem> in
      Result { () throws(RequestProblem) in
        // A preserved body may be anything; only JSON tells a model and whether it streams.
        if route == .preserve, (try? RequestFacts(bytes)) == nil { return nil }
        let facts = try RequestFacts(bytes)
        let verdict = try check.verdict(on: facts, in: bytes)
        return Prepared(
          facts: facts, verdict: verdict,
          words: (try? TokenEstimate.words(in: bytes, request: facts.root)) ?? 0,
          splices: try self.splices(facts, verdict, bytes))
      }
    }
    let prepared = try result.get()
    let isStreamed = prepared?.verdict.isStreamed ?? false
    state = ProxyState()
    state.isActive = true
    state.isStreamed = isStreamed
    state.model = prepared?.verdict.model ?? configured
    state.promptEstimate = TokenEstimate.promptTokens(
      words: prepared?.words ?? 0, isStreamed: isStreamed)
    for splice in prepared?.splices ?? [] {
      request.body.replace(splice.offset..<splice.offset + splice.delete, with: splice.insert)
    }
    try address(&request, model: state.model)
    authenticate(&request, facts: prepared?.facts)
    choosePhases(&request, clientAskedForUsage: prepared?.facts.asksForUsage ?? false)
    if let model = state.model { request.variables["llm.model"] = .text(model) }
    request.variables["llm.provider"] = .text(config.model.provider)
  }

  private struct Prepared {
    var facts: RequestFacts
    var verdict: RequestCheck.Verdict
    var words: Int
    var splices: [Splice]
  }

  private func splices(
    _ facts: RequestFacts, _ verdict: RequestCheck.Verdict, _ body: RawSpan
  ) throws(RequestProblem) -> [Splice] {
    var rewrite = OpenAIRequestRewrite(
      route: config.routeType, model: verdict.model, isStreamed: verdict.isStreamed)
    let options = config.model.options
    rewrite.sampling.temperature = options?.temperature.map(\.jsonText)
    rewrite.sampling.topP = options?.topP.map(\.jsonText)
    rewrite.sampling.maxTokens = options?.maxTokens
    do {
      return try rewrite.splices(for: facts, in: body)
    } catch {
      throw .notJSON
    }
  }

  private func address(_ request: inout Request, model name: String?) throws(RequestProblem) {
    let chosen = try model.upstream(for: request) ?? upstream
    request.target = chosen.target
    let original = request.original.path
    let mark = original.firstIndex(of: "?") ?? original.endIndex
    let path = try model.path(for: request) ?? chosen.path ?? String(original[..<mark])
    request.path = path + original[mark...]
    if config.routeType != .preserve { request.method = "POST" }
    // What is counted must be readable.
    request.headers["accept-encoding"] = "identity"
  }

  private func authenticate(_ request: inout Request, facts: RequestFacts?) {
    let auth = config.auth
    if let name = auth.headerName, let value = auth.headerValue {
      if auth.allowOverride {
        request.headers.setIfAbsent(name, value)
      } else {
        request.headers.set(name, value)
      }
    }
    guard let name = auth.paramName, let value = auth.paramValue else { return }
    switch auth.paramLocation {
    case .query:
      if auth.allowOverride {
        request.query.setIfAbsent(name, value)
      } else {
        request.query.set(name, value)
      }
    case .body:
      BodySecret(name: name, value: value, onlyIfAbsent: auth.allowOverride)
        .add(to: &request.body, root: facts?.root)
    case nil: break
    }
  }

  /// What this exchange needs of the later phases: a stream by copy where the client gets it as it comes, by
  /// transformation where the usage that we asked for has to be taken out.
  private mutating func choosePhases(_ request: inout Request, clientAskedForUsage: Bool) {
    guard state.isStreamed else {
      request.later.chunk = .drop
      request.later.response = config.routeType == .preserve ? .headOnly : .wholeBody
      return
    }
    request.later.response = .headOnly
    let textLimit = 0
    if clientAskedForUsage || config.routeType == .preserve {
      state.counter = StreamUsageCounter(textLimit: textLimit)
      request.later.chunk = .copy
    } else {
      state.remover = StreamUsageRemover(textLimit: textLimit)
      request.later.chunk = .transform
    }
  }

  // MARK: - Response

  var responseInterest: Interest? { Interest(headers: ["content-type"], body: .whole()) }

  mutating func response(_ response: inout UpstreamResponse) -> ResponseReply {
    guard state.isActive, response.source == .upstream else {
      response.later.chunk = .drop
      return .proceed
    }
    state.latency = response.after.microseconds
    response.headers.remove("set-cookie")
    guard response.status == 200 else {
      response.later.chunk = .drop
      return .proceed
    }
    if config.modelNameHeader, let model = state.model {
      response.headers["x-kong-llm-model"] = "\(config.model.provider)/\(model)"
    }
    if state.isStreamed {
      let type = response.headers["content-type"] ?? ""
      if !type.lowercased().hasPrefix("text/event-stream") { response.later.chunk = .drop }
      return .proceed
    }
    guard config.routeType != .preserve else { return .proceed }
    return read(response.body.bytes)
  }

  private mutating func read(_ body: Bytes) -> ResponseReply {
    let route = config.routeType
    let result = body.withRaw { bytes in
      Result { () throws(RequestProblem) in try OpenAIResponse(bytes, route: route) }
    }
    switch result {
    case .success(let answer):
      state.responseModel = answer.model
      state.usage = answer.usage ?? estimate(characters: answer.characters)
      return .proceed
    case .failure(let problem):
      return .respond(
        Response(
          status: problem.status, headers: ["content-type": "application/json"],
          body: problem.body))
    }
  }

  private func estimate(characters: Int) -> Usage {
    var usage = Usage(
      promptTokens: state.promptEstimate,
      completionTokens: TokenEstimate.completionTokens(characters: characters))
    usage.isEstimate = true
    return usage
  }

  // MARK: - Stream

  var chunkInterest: ChunkInterest? { ChunkInterest(.transform) }

  mutating func chunk(_ chunk: inout Chunk) -> ChunkReply {
    let isLast = chunk.isLast
    let piece = chunk.body.bytes
    if var counter = state.counter {
      let isFirst = piece.withRaw { counter.received($0, isLast: isLast) }
      state.counter = counter
      if isFirst { state.firstToken = WallClock.microseconds() }
      return .release
    }
    guard var remover = state.remover else { return .release }
    let transform = piece.withRaw { remover.received($0, isLast: isLast) }
    state.remover = remover
    if transform.hasFirstToken { state.firstToken = WallClock.microseconds() }
    for splice in transform.splices {
      chunk.body.replace(splice.offset..<splice.offset + splice.delete, with: splice.insert)
    }
    return isLast ? .release : .hold(piece.count - transform.release)
  }

  // MARK: - Log

  var completeInterest: CompleteInterest? {
    let logsPayloads = config.logging.logPayloads && config.logging.logStatistics
    return CompleteInterest(requestBody: logsPayloads, responseBody: logsPayloads)
  }

  func complete(_ exchange: inout CompletedExchange) {
    guard state.isActive, exchange.summary.source == .upstream else { return }
    let usage = state.finalUsage
    if let usage {
      exchange.variables["llm.usage"] = .json(UsageFields.json(usage))
    }
    guard config.logging.logStatistics else { return }
    LogRecord(
      provider: config.model.provider, prices: prices, state: state, usage: usage,
      logsPayloads: config.logging.logPayloads
    ).write(to: &exchange)
  }
}
