// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// The answer of a provider with an API of its own.
extension AIProxy {
  mutating func translate(
    _ response: inout UpstreamResponse, of provider: any Provider, _ type: MediaType
  ) -> ResponseReply {
    guard let call = state.call else { return .proceed }
    if state.isStreamed {
      startStream(&response, of: provider, call, type)
      return .proceed
    }
    do throws(ProviderProblem) {
      let body = response.body.bytes
      let reported = reportedUsage(of: response)
      let whole =
        if call.route == .embeddings {
          try embeddings(body, of: provider, call, reported)
        } else if type.isEventStream {
          try gathered(body, of: provider, call, type)
        } else {
          try answer(body, of: provider, call, reported).openAI(call.route)
        }
      response.headers["content-type"] = "application/json"
      response.body.replace(0..<response.body.count, with: whole)
      return .proceed
    } catch {
      return .respond(Response(error))
    }
  }

  /// A stream was asked for. Some upstreams answer with a whole answer nevertheless, which is then told as a stream.
  private mutating func startStream(
    _ response: inout UpstreamResponse, of provider: any Provider, _ call: ProviderCall,
    _ type: MediaType
  ) {
    let framer = provider.framer(mediaType: type.name)
    let isWhole = type.isJSON && framer == .serverSentEvents(EventStreamFramer())
    state.reading = isWhole ? .untold : .translating(translation(of: provider, call, type))
    response.headers["content-type"] = "text/event-stream"
    response.headers["cache-control"] = "no-cache"
  }

  func translation(
    of provider: any Provider, _ call: ProviderCall, _ type: MediaType
  ) -> StreamTranslation {
    StreamTranslation(
      framer: provider.framer(mediaType: type.name), events: provider.events(call),
      answer: writer(for: call))
  }

  private func writer(for call: ProviderCall) -> ChatStreamWriter {
    ChatStreamWriter(
      call, includesUsage: state.includesUsage, estimatedPromptTokens: state.promptEstimate)
  }

  /// The headers in which the provider tells usage.
  var usageHeaders: UsageHeaders? {
    switch instance.backend {
    case .openAI: nil
    case .translated(let provider): provider.usageHeaders(route)
    case .native(let provider): provider.usageHeaders(route)
    }
  }

  private func reportedUsage(of response: UpstreamResponse) -> Usage? {
    usageHeaders?.usage { response.headers[$0] }
  }

  /// - Parameter reported: What the headers say that it used, for answers that do not say it themselves.
  mutating func answer(
    _ body: Bytes, of provider: any Provider, _ call: ProviderCall, _ reported: Usage? = nil
  ) throws(ProviderProblem) -> ChatResponse {
    var answer = try body.withRaw { bytes throws(ProviderProblem) in
      try provider.answer(bytes, call)
    }
    answer.usage = answer.usage ?? reported
    if !answer.model.isEmpty { state.responseModel = answer.model }
    state.usage = answer.usage ?? estimate(characters: answer.characters)
    return answer.completed(for: call)
  }

  private mutating func embeddings(
    _ body: Bytes, of provider: any Provider, _ call: ProviderCall, _ reported: Usage?
  ) throws(ProviderProblem) -> [UInt8] {
    var answer = try body.withRaw { bytes throws(ProviderProblem) in
      try provider.answer(embeddings: bytes, call)
    }
    if answer.model.isEmpty { answer.model = call.model }
    let usage = answer.usage ?? reported ?? estimate(characters: 0)
    answer.usage = usage
    state.responseModel = answer.model
    state.usage = usage
    do throws(LLM.JSONError) {
      return try answer.openAI(state.encoding)
    } catch {
      throw .unreadable(provider.name, "a vector has what is no number")
    }
  }

  /// A stream for a client that did not ask for one: it gets the whole answer that the stream is.
  private mutating func gathered(
    _ body: Bytes, of provider: any Provider, _ call: ProviderCall, _ type: MediaType
  ) throws(ProviderProblem) -> [UInt8] {
    let stream = try GatheredStream(
      body, translation(of: provider, call, type), of: provider.name, call.route)
    state.responseModel = stream.model
    state.usage = stream.usage
    return stream.answer.json.bytes
  }

  /// A whole answer told as a stream.
  mutating func told(_ body: Bytes, of provider: any Provider, _ call: ProviderCall) -> [UInt8] {
    var writer = writer(for: call)
    do throws(ProviderProblem) {
      writer.tell(try answer(body, of: provider, call))
    } catch {
      writer.fail(error.error)
    }
    return writer.takeOutput()
  }

  /// The client speaks the provider's own API: the answer passes, and what it used is noted.
  mutating func observe(
    _ response: inout UpstreamResponse, of provider: any NativeFormat, _ type: MediaType
  ) -> ResponseReply {
    guard let call = state.call else { return .proceed }
    if state.isStreamed {
      var translation = translation(of: provider, call, type)
      // It was waited for, so that all of it is here.
      if state.mustBeWhole {
        _ = response.body.bytes.withRaw { translation.received($0, isLast: true) }
      }
      state.reading = .observing(translation)
      return .proceed
    }
    let body = response.body.bytes
    do throws(ProviderProblem) {
      _ = try answer(body, of: provider, call, reportedUsage(of: response))
    } catch {
      // It is the client's to make sense of it; here it only cannot be counted.
      state.usage = estimate(characters: 0)
    }
    return .proceed
  }
}

extension Response {
  /// The failure of an answer.
  init(_ problem: ProviderProblem) {
    self.init(
      status: problem.status, headers: ["content-type": "application/json"],
      body: problem.error.openAI.bytes)
  }
}
