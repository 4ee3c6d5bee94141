// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// The request: checked, put into the provider's words, addressed, signed.
extension AIProxy: RequestPhase {
  var requestInterest: Interest? {
    Interest(
      headers: HeaderInterest(["content-type"] + instance.templates.headers),
      body: .whole(kongLimit: instance.config.maxRequestBodySize),
      variables: [LLMVariables.wantsWholeAnswer])
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
    let resolved = try instance.templates.resolved(for: request.original)
    try checkContentType(of: request)
    state = ProxyState()
    state.isActive = true
    var variables = request.variables
    state.mustBeWhole = variables[LLMVariables.wantsWholeAnswer]?.boolean == true
    let own =
      instance.templates.areSettingsConstant ? nil : instance.config.backend(resolved.settings)
    let configured = own.map(\.address) ?? instance.address
    guard let address = resolved.address ?? configured else {
      throw RequestProblem(status: 500, message: "the provider's address is not configured")
    }
    switch own ?? instance.backend {
    case .openAI(let compatible): try edit(&request, for: compatible, resolved, address)
    case .translated where route == .preserve:
      try edit(&request, for: nil, resolved, address)
    case .translated(let provider): try translate(&request, for: provider, resolved, address)
    case .native(let provider): try pass(&request, to: provider, resolved, address)
    }
    authenticate(&request, resolved.settings)
    if let model = state.model { variables["llm.model"] = .text(model) }
    variables["llm.provider"] = .text(instance.config.model.provider)
    request.variables = variables
  }

  /// A body that is labelled as something else would be read as JSON here and as a form elsewhere: it
  /// could hide its model from one of both.
  private func checkContentType(of request: Request) throws(RequestProblem) {
    guard route != .preserve, let type = request.headers["content-type"] else { return }
    guard MediaType(type).isJSON else { throw .wrongContentType }
  }

  /// Kong's rules for a request.
  func check(_ resolved: ModelTemplates.Resolved) -> RequestCheck {
    RequestCheck(
      route: route, configuredModel: resolved.name, alias: instance.config.model.alias,
      streaming: instance.config.responseStreaming, isWhole: state.mustBeWhole)
  }

  /// Notes what is known of a request that may go on.
  mutating func note(_ verdict: RequestCheck.Verdict, words: Int) {
    state.isStreamed = verdict.isStreamed
    state.model = verdict.model
    state.promptEstimate = TokenEstimate.promptTokens(words: words, isStreamed: verdict.isStreamed)
  }

  private func authenticate(_ request: inout Request, _ settings: ProviderSettings) {
    let auth = instance.config.auth
    if let made = instance.identity.authorization(settings) { request.authorization = made }
    let isConfigured = auth.hasKey || request.authorization != nil
    if isConfigured, !auth.allowOverride, route != .preserve {
      for name in instance.foreignKeyFields { request.headers.remove(name) }
    }
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
}
