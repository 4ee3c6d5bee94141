// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK

// The answer: passed on as it is, and read.
extension AIProxy: ResponsePhase {
  var responseInterest: Interest? {
    Interest(headers: ["content-type", "content-encoding", "kong-debug"], body: .whole())
  }

  mutating func response(_ response: inout UpstreamResponse) -> ResponseReply {
    guard state.isActive, response.source == .upstream else {
      response.later.chunk = .drop
      return .proceed
    }
    state.latency = response.after.microseconds
    response.headers.remove("set-cookie")
    guard response.status == 200 else {
      state.reading = .nothing
      response.later.chunk = .drop
      return .proceed
    }
    let wantsName =
      config.modelNameHeader || response.request.headers.contains("kong-debug")
    if wantsName, let model = state.model {
      response.headers["x-kong-llm-model"] = "\(config.model.provider)/\(model.asFieldValue)"
    }
    let encoding = response.headers["content-encoding"]?.lowercased() ?? "identity"
    guard encoding == "identity" else {
      // The upstream compresses although it was asked not to: it passes, and is not counted.
      state.reading = .nothing
      if config.routeType != .preserve { state.usage = estimate(characters: 0) }
      response.later.chunk = .drop
      return .proceed
    }
    let type = response.headers["content-type"].map { MediaType($0) }
    if state.isStreamed {
      chooseReading(of: type, &response)
      return .proceed
    }
    guard config.routeType != .preserve else { return .proceed }
    return type?.isEventStream == true ? gather(&response) : read(response.body.bytes)
  }

  /// A stream was asked for; what comes may be none.
  private mutating func chooseReading(of type: MediaType?, _ response: inout UpstreamResponse) {
    guard let type, !type.isEventStream else { return }
    if type.isJSON {
      state.reading = .gathering(UnstreamedAnswer())
      response.later.chunk = .copy
    } else {
      state.reading = .nothing
      response.later.chunk = .drop
    }
  }

  private mutating func read(_ body: Bytes) -> ResponseReply {
    let route = config.routeType
    let result = body.withRaw { bytes in
      Result { () throws(RequestProblem) in try OpenAIResponse(bytes, route: route) }
    }
    switch result {
    case .success(let answer):
      note(answer)
      return .proceed
    case .failure(let problem):
      return .respond(Response(problem))
    }
  }

  private mutating func note(_ answer: OpenAIResponse) {
    state.responseModel = answer.model
    state.usage = answer.usage ?? estimate(characters: answer.characters)
  }

  /// A stream for a client that did not ask for one: it gets the whole answer that the stream is.
  private mutating func gather(_ response: inout UpstreamResponse) -> ResponseReply {
    let route = config.routeType
    let answer = response.body.bytes.withRaw { OpenAIStreamAnswer($0, route: route) }
    guard let answer else { return read(response.body.bytes) }
    if let error = answer.error {
      let body = JSONText { $0.object { $0.member("error", error) } }
      return .respond(
        Response(
          status: 500, headers: ["content-type": "application/json"], body: body.bytes))
    }
    let whole = Bytes(answer.json.bytes)
    response.headers["content-type"] = "application/json"
    response.body.replaceAll(with: whole)
    return read(whole)
  }
}

// MARK: - Streams

extension AIProxy: ChunkPhase {
  var chunkInterest: ChunkInterest? { ChunkInterest(.transform) }

  mutating func chunk(_ chunk: inout Chunk) -> ChunkReply {
    let isLast = chunk.isLast
    let piece = chunk.body.bytes
    // Taken out of the state while it changes, so that nothing is copied.
    let reading = state.reading
    state.reading = .nothing
    switch reading {
    case .nothing: return .release
    case .counting(var counter):
      let isFirst = piece.withRaw { counter.received($0, isLast: isLast) }
      state.reading = .counting(counter)
      if isFirst { state.firstToken = WallClock.microseconds() }
      return .release
    case .gathering(var answer):
      piece.withRaw { answer.received($0) }
      state.firstToken = state.firstToken ?? WallClock.microseconds()
      state.reading = .gathering(answer)
      if isLast { finish(answer) }
      return .release
    case .removing(var remover):
      let transform = piece.withRaw { remover.received($0, isLast: isLast) }
      state.reading = .removing(remover)
      if transform.hasFirstToken { state.firstToken = WallClock.microseconds() }
      for splice in transform.splices {
        chunk.body.replace(splice.offset..<splice.offset + splice.delete, with: splice.insert)
      }
      return isLast ? .release : .hold(piece.count - transform.release)
    }
  }

  private mutating func finish(_ answer: UnstreamedAnswer) {
    state.reading = .nothing
    if let response = answer.response(route: config.routeType) {
      note(response)
    } else {
      state.usage = estimate(characters: 0)
    }
  }
}

// MARK: - Log

extension AIProxy: CompletePhase {
  var completeInterest: CompleteInterest? {
    CompleteInterest(requestBody: logsPayloads, responseBody: logsPayloads || readsPreserved)
  }

  mutating func complete(_ exchange: inout CompletedExchange) {
    guard state.isActive else { return }
    if state.usage == nil, readsPreserved, !state.isStreamed, exchange.summary.status == 200 {
      readPreserved(exchange.responseBody)
    }
    // The client left before the last piece.
    if case .gathering(let answer) = state.reading { finish(answer) }
    let usage = state.finalUsage
    if let usage { exchange.variables["llm.usage"] = .json(UsageFields.json(usage)) }
    guard config.logging.logStatistics else { return }
    LogRecord(
      pluginID: id, provider: config.model.provider, route: config.routeType, prices: prices,
      state: state, usage: usage, logsPayloads: logsPayloads
    ).write(to: &exchange)
  }

  /// Preserved answers go by unread; what they used is read from the copy, if it says so.
  private mutating func readPreserved(_ body: Bytes) {
    guard let answer = body.withRaw({ try? OpenAIResponse($0, route: .preserve) }) else { return }
    state.responseModel = answer.model
    state.usage = answer.usage
  }
}

extension String {
  /// A client may call a model anything: what cannot stand in a header is left out there.
  fileprivate var asFieldValue: String {
    String(unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F })
  }
}
