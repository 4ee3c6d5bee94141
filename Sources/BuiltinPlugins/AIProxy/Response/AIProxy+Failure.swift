// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// An answer with another status than 200: kept, its body in OpenAI's words.
extension AIProxy {
  /// Larger bodies of errors are not waited for, in bytes.
  static let maximumErrorSize = 256 * 1024

  /// Who speaks the provider's own API gets the provider's own errors.
  private var normalisesErrors: Bool {
    if case .native = instance.backend { return false }
    return route != .preserve
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
    guard let failure = failure(response.body.bytes, status: status) else { return .proceed }
    if let seconds = failure.retryAfter {
      response.headers.setIfAbsent("retry-after", "\(seconds)")
    }
    response.body.replace(0..<response.body.count, with: failure.body)
    return .proceed
  }

  /// The body of an error in OpenAI's words; nil if it is so already.
  func failure(_ body: Bytes, status: Int) -> (body: [UInt8], retryAfter: Int?)? {
    body.withRaw { bytes in
      guard case .translated(let provider) = instance.backend, state.call != nil else {
        return OpenAI.normalisedError(bytes, status: status, of: instance.config.model.provider)
          .map { ($0, nil) }
      }
      let error =
        provider.error(bytes, status: status) ?? ChatError(status: status, of: provider.name)
      return (error.openAI.bytes, error.retryAfter)
    }
  }
}
