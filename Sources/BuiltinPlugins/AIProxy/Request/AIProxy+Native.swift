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
    let client = request.original.path
    let mark = client.firstIndex(of: "?") ?? client.endIndex
    let query = client[mark...].dropFirst()
    let result = request.body.bytes.withRaw { bytes in
      Result { () throws(RequestProblem) in
        try provider.nativeCall(
          path: String(client[..<mark]), query: String(query), body: bytes)
      }
    }
    let native = try result.get()
    let model = try check(resolved).model(native: native)
    state.isStreamed = native.isStreamed
    state.model = model
    state.call = ProviderCall(
      route: config.routeType, model: model ?? "", isStreamed: native.isStreamed, id: "native",
      created: Int(request.receivedAt / 1_000_000))
    request.target = address.target
    let configured = resolved.path.map { UpstreamAddress.rooted($0) }
    request.path = address.target(path: configured ?? native.path, clientQuery: query)
    for field in native.headers { request.headers.setIfAbsent(field.name, field.value) }
    guard native.kind == .chat else {
      state.isActive = false
      request.later.response = .drop
      request.later.chunk = .drop
      return
    }
    request.headers["accept-encoding"] = "identity"
    // What is streamed is chosen by the client's path; it can still be waited for.
    let flows = native.isStreamed && !state.mustBeWhole
    request.later.response = flows ? .headOnly : .wholeBody
    request.later.chunk = flows ? .transform : .drop
  }
}
