// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// The answer: read, and put into OpenAI's words where the provider has others.
extension AIProxy: ResponsePhase {
  var responseInterest: Interest? {
    Interest(
      headers: ["content-type", "content-encoding", "kong-debug", "retry-after"]
        + HeaderInterest(usageHeaders?.names ?? []), body: .whole())
  }

  mutating func response(_ response: inout UpstreamResponse) -> ResponseReply {
    guard state.isActive, response.source == .upstream else {
      response.later.chunk = .drop
      return .proceed
    }
    state.latency = response.after.wholeMicroseconds
    let reply = read(&response)
    if isSettled {
      account(to: &response, started: response.request.receivedAt)
      response.later = .nothing
    }
    return reply
  }

  private mutating func read(_ response: inout UpstreamResponse) -> ResponseReply {
    response.headers.remove("set-cookie")
    nameUnsupported(in: &response)
    guard response.status == 200 else {
      state.reading = .nothing
      return fail(&response)
    }
    nameModel(in: &response)
    let encoding = response.headers["content-encoding"]?.lowercased() ?? "identity"
    guard encoding == "identity" else { return passEncoded(&response) }
    let type = MediaType(response.headers["content-type"] ?? "")
    switch instance.backend {
    case .native(let provider): return observe(&response, of: provider, type)
    case .translated(let provider) where state.call != nil:
      return translate(&response, of: provider, type)
    case .openAI, .translated: return pass(&response, type)
    }
  }

  private func nameUnsupported(in response: inout UpstreamResponse) {
    guard instance.config.patchbay.unsupported == .warn, !state.unsupported.isEmpty else { return }
    let names = state.unsupported.map(\.asFieldValue).joined(separator: ", ")
    response.headers["x-patchbay-unsupported"] = names
  }

  private func nameModel(in response: inout UpstreamResponse) {
    let isWanted =
      instance.config.modelNameHeader || response.request.headers.contains("kong-debug")
    guard isWanted, let model = state.model else { return }
    response.headers["x-kong-llm-model"] = "\(instance.config.model.provider)/\(model.asFieldValue)"
  }

  /// The upstream compresses although it was asked not to.
  private mutating func passEncoded(_ response: inout UpstreamResponse) -> ResponseReply {
    state.reading = .nothing
    response.later.chunk = .drop
    if case .translated(let provider) = instance.backend, state.call != nil {
      let problem = ProviderProblem.unreadable(provider.name, "it is compressed")
      return .respond(Response(problem))
    }
    if route != .preserve { state.usage = estimate(characters: 0) }
    return .proceed
  }

  /// An answer in OpenAI's format: it passes, and what it used is noted.
  private mutating func pass(
    _ response: inout UpstreamResponse, _ type: MediaType
  ) -> ResponseReply {
    if readsPreservedAtOnce { readPreserved(response.body.bytes, type) }
    if state.isStreamed, !state.mustBeWhole {
      chooseReading(of: type, &response)
      return .proceed
    }
    guard route != .preserve else { return .proceed }
    return type.isEventStream ? gather(&response) : read(response.body.bytes)
  }

  /// A stream was asked for; what comes may be none.
  private mutating func chooseReading(of type: MediaType, _ response: inout UpstreamResponse) {
    guard !type.name.isEmpty, !type.isEventStream else { return }
    if type.isJSON {
      state.reading = .gathering(UnstreamedAnswer())
      response.later.chunk = .copy
    } else {
      state.reading = .nothing
      response.later.chunk = .drop
    }
  }

  private mutating func read(_ body: Bytes) -> ResponseReply {
    let route = route
    do throws(RequestProblem) {
      note(
        try body.withRaw { bytes throws(RequestProblem) in
          try OpenAIResponse(bytes, route: route)
        })
      return .proceed
    } catch {
      return .respond(Response(error))
    }
  }

  mutating func note(_ answer: OpenAIResponse) {
    state.responseModel = answer.model
    state.usage = answer.usage ?? estimate(characters: answer.characters)
  }

  /// A stream for a client that did not ask for one: it gets the whole answer that the stream is.
  private mutating func gather(_ response: inout UpstreamResponse) -> ResponseReply {
    let route = route
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

extension String {
  /// A client may call a model anything: what cannot stand in a header is left out there.
  fileprivate var asFieldValue: String {
    if utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { return self }
    return String(unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F })
  }
}
