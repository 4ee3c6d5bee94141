// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

/// Where a provider's requests go: Kong's `upstream_url`, or the provider's own address.
package struct UpstreamAddress: Sendable {
  package let target: Target
  /// With its leading slash.
  package let path: String
  /// Without its question mark; empty: none.
  package let query: String

  /// Nil: not an absolute http or https URL. Several slashes in front of the path are one, as in
  /// Kong; without a port it is the scheme's own. A fragment means nothing to a server.
  package init?(url: String) {
    guard let separator = url.firstRange(of: "://") else { return nil }
    let scheme = url[..<separator.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    let rest = url[separator.upperBound...].prefix { $0 != "#" }
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    var host = authority
    var port: Int?
    if let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") {
      port = Int(host[colon...].dropFirst())
      guard let port, (1...65535).contains(port) else { return nil }
      host = host[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, !host.contains("@") else { return nil }
    target = Target(scheme: scheme, host: String(host), port: port)
    let place = rest[authority.endIndex...]
    path = Self.rooted(place.prefix { $0 != "?" })
    query = String(place.drop { $0 != "?" }.dropFirst())
  }

  /// The path with exactly one slash in front.
  package static func rooted(_ path: some StringProtocol) -> String {
    "/" + path.drop { $0 == "/" }
  }

  /// A path with the address's own query and the client's, in this order.
  package func target(path: String, clientQuery: String) -> String {
    let parts = [query, clientQuery].filter { !$0.isEmpty }
    return parts.isEmpty ? path : "\(path)?\(parts.joined(separator: "&"))"
  }

  /// The absolute URL of a path and query there.
  package func url(_ target: String) -> String {
    let host = self.target.host.contains(":") ? "[\(self.target.host)]" : self.target.host
    let port = self.target.port.map { ":\($0)" } ?? ""
    return "\(self.target.scheme)://\(host)\(port)\(target)"
  }
}
