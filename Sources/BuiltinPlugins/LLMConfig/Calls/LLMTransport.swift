// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

/// How a plugin's model is reached.
package struct LLMTransport: Sendable {
  /// The proxy for http addresses; nil: none.
  package var httpProxy: ForwardProxy?
  /// The proxy for https addresses; nil: none.
  package var httpsProxy: ForwardProxy?
  /// Whether the certificate of an https address must be trusted.
  package var verifiesCertificate = true
  /// From the first byte of the request to the last of the answer; nil: what the plugin's call has left.
  package var timeout: Duration?
  /// Bytes of an answer at most.
  package static let answerLimit = 16 << 20

  /// Straight, verified, within the call's time.
  package init() {}

  func apply(to request: inout HTTPRequest) {
    request.proxy = request.url.hasPrefix("https:") ? httpsProxy : httpProxy
    request.verifiesCertificate = verifiesCertificate
    request.timeout = timeout
    request.responseLimit = Self.answerLimit
  }
}
