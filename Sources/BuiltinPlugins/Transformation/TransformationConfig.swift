// SPDX-License-Identifier: Apache-2.0

package import LLMConfig
import Patterns
package import PluginSDK

/// What the configs of Kong's two transformers have in common.
package struct TransformationConfig: Decodable, Sendable {
  package var prompt: String
  package var pattern: String?
  package var maxRequestBodySize: Int
  package var timeout: Int
  package var verifiesCertificate: Bool
  package var httpProxyHost: String?
  package var httpProxyPort: Int?
  package var httpsProxyHost: String?
  package var httpsProxyPort: Int?
  package var llm: LLMRecord
  package var patchbay: CloudRecord

  enum CodingKeys: String, CodingKey {
    case prompt
    case pattern = "transformation_extract_pattern"
    case maxRequestBodySize = "max_request_body_size"
    case timeout = "http_timeout"
    case verifiesCertificate = "https_verify"
    case httpProxyHost = "http_proxy_host"
    case httpProxyPort = "http_proxy_port"
    case httpsProxyHost = "https_proxy_host"
    case httpsProxyPort = "https_proxy_port"
    case llm, patchbay
  }

  /// Kong's flags: `im`.
  static let patternOptions: Pattern.Options = [.caseless, .multiline]

  /// Kong's fields, with the defaults of the newest version.
  package static let fields: ConfigFields = [
    "prompt": .string.required.minLength(1).describe("what the model is told to do"),
    "transformation_extract_pattern": .string.pattern(patternOptions).describe(
      "what of the answer counts: the first match of this regular expression"),
    "max_request_body_size": .requestBodySize.describe("bytes; a longer body is answered with 413"),
    "http_timeout": .integer.default(60000).greaterThan(0).describe(
      "milliseconds that the model may take"),
    "https_verify": .boolean.default(true).describe(
      "the certificate of an https address must be a trusted one"),
    "http_proxy_host": .string.describe("a forward proxy for http addresses"),
    "http_proxy_port": .integer.between(0, 65535).describe("its port"),
    "https_proxy_host": .string.describe("a forward proxy for https addresses: a tunnel"),
    "https_proxy_port": .integer.between(0, 65535).describe("its port"),
    "llm": LLMRecord.schema { type in
      type == "llm/v1/chat"
        ? nil : "'config.llm.route_type' must be 'llm/v1/chat' for AI transformer plugins"
    },
    "patchbay": .record(CloudRecord.fields).default([:]),
  ]

  /// Kong's entity checks.
  package static let checks: [ConfigCheck] = [
    .mutuallyRequired("http_proxy_host", "http_proxy_port"),
    .mutuallyRequired("https_proxy_host", "https_proxy_port"),
  ]

  var transport: LLMTransport {
    var transport = LLMTransport()
    transport.httpProxy = Self.proxy(httpProxyHost, httpProxyPort)
    transport.httpsProxy = Self.proxy(httpsProxyHost, httpsProxyPort)
    transport.verifiesCertificate = verifiesCertificate
    transport.timeout = .milliseconds(timeout)
    return transport
  }

  /// What a phase may take that asks the model: its answer, and what is made of it.
  package var deadline: Duration { .milliseconds(timeout) + .seconds(1) }

  private static func proxy(_ host: String?, _ port: Int?) -> ForwardProxy? {
    guard let host, let port else { return nil }
    return ForwardProxy(host: host, port: port)
  }
}
