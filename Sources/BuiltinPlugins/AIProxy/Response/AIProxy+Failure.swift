// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK

// An answer with another status than 200: kept, its body in OpenAI's words.
extension AIProxy {
  /// Larger bodies of errors are not waited for, in bytes.
  static let maximumErrorSize = 256 * 1024

  /// Who speaks the provider's own API gets the provider's own errors.
  private var normalisesErrors: Bool {
    if case .native = backend { return false }
    return config.routeType != .preserve
  }

  mutating func fail(_ response: inout UpstreamResponse) -> ResponseReply {
    guard response.status >= 400, normalisesErrors else {
      response.later.chunk = .drop
      return .proceed
    }
    response.headers["content-type"] = "application/json"
    if state.isStreamed {
      // Only the head is here: the body comes in pieces.
      state.reading = .failing
      response.later.chunk = .transform
      return .proceed
    }
    let status = response.status
    guard let error = error(in: response.body.bytes, status: status) else { return .proceed }
    if let seconds = error.retryAfter { response.headers.setIfAbsent("retry-after", "\(seconds)") }
    response.body.replace(0..<response.body.count, with: error.openAI.bytes)
    return .proceed
  }

  /// The error in a body that is not in OpenAI's words already.
  func error(in body: Bytes, status: Int) -> ChatError? {
    body.withRaw { bytes in
      if case .translated(let provider) = backend, state.call != nil {
        return provider.error(bytes, status: status)
          ?? ChatError(status: status, of: provider.name)
      }
      return OpenAI.isError(bytes)
        ? nil
        : OpenAI.looseError(bytes, status: status)
          ?? ChatError(status: status, of: config.model.provider)
    }
  }
}
