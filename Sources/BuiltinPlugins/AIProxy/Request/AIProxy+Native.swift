// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// A request in the provider's own format: it passes, and is read.
extension AIProxy {
  mutating func pass(
    _ request: inout Request, to provider: any NativeFormat, _ resolved: ModelTemplates.Resolved,
    _ address: UpstreamAddress
  ) throws(RequestProblem) {
    let (path, query) = request.original.pathAndQuery
    let native = try request.body.bytes.withRaw { bytes throws(RequestProblem) in
      try provider.nativeCall(path: path, query: query, body: bytes)
    }
    let model = try check(resolved).model(native: native)
    state.isStreamed = native.isStreamed
    state.model = model
    state.call = ProviderCall(
      route: route, model: model ?? "", isStreamed: native.isStreamed, id: "native",
      created: Int(request.receivedAt / 1_000_000))
    request.target = address.target
    request.path = address.target(
      path: resolved.configuredPath ?? native.path, clientQuery: query)
    for field in native.headers { request.headers.setIfAbsent(field.name, field.value) }
    guard native.kind == .chat else {
      state.isActive = false
      request.later = .nothing
      return
    }
    request.headers["accept-encoding"] = "identity"
    // What is streamed is chosen by the client's path; it can still be waited for.
    let flows = native.isStreamed && !state.mustBeWhole
    request.later.response = flows ? .headOnly : .wholeBody
    request.later.chunk = flows ? .transform : .drop
  }
}
