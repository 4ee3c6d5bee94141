// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK

/// Where a provider's requests go.
struct UpstreamAddress: Sendable {
  let target: Target
  /// Nil: the client's own.
  let path: String?

  init(_ config: ProxyConfig) throws {
    let standard = OpenAI.path(of: config.routeType)
    guard let url = config.model.options?.upstreamURL else {
      self.init(target: Target(scheme: "https", host: "api.openai.com", port: 443), path: standard)
      return
    }
    guard PlaceholderTemplate(url).isConstant else {
      self.init(target: Target(host: "invalid."), path: nil)  // every request has an address of its own
      return
    }
    guard let address = UpstreamAddress(url: url) else {
      throw ConfigError("/model/options/upstream_url", "should be an absolute http or https URL")
    }
    // A preserved request keeps its path (Kong's rule), unless the URL names one.
    self = address
  }

  private init(target: Target, path: String?) {
    self.target = target
    self.path = path
  }

  /// Nil: not an absolute http or https URL. Several slashes in front of the path are one, as in Kong.
  init?(url: String) {
    guard let separator = url.firstRange(of: "://") else { return nil }
    let scheme = url[..<separator.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    let rest = url[separator.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    var host = rest[..<slash]
    var port: Int?
    if let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") {
      port = Int(host[colon...].dropFirst())
      guard let port, (1...65535).contains(port) else { return nil }
      host = host[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, !host.contains("@") else { return nil }
    target = Target(scheme: scheme, host: String(host), port: port)
    path = "/" + rest[slash...].drop { $0 == "/" }
  }
}
