// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// The `tries` of a log entry: an element for each try of an upstream, the last one last.
enum LoggedTries {
  static func json(of summary: Summary) -> JSONValue {
    guard summary.tries > 0 else { return .array([]) }
    // A try is repeated only when it failed; of the last one it is known where it went.
    let failed = [JSONValue](repeating: ["state": "failed"], count: summary.tries - 1)
    return .array(failed + [.object(address(of: summary.upstreamURL))])
  }

  private static func address(of url: String) -> JSONObject {
    var address = JSONObject()
    guard let separator = url.firstRange(of: "://") else { return address }
    let isSecure = url[..<separator.lowerBound] == "https"
    var host = url[separator.upperBound...].prefix { $0 != "/" }
    var port = isSecure ? 443 : 80
    if let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") {
      port = Int(host[host.index(after: colon)...]) ?? port
      host = host[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    let isAddress =
      host.contains(":") || host.allSatisfy { $0 == "." || ("0"..."9").contains($0) }
    address[isAddress ? "ip" : "host"] = .string(String(host))
    address["port"] = .int(port)
    return address
  }
}

extension Summary {
  /// The path of the last try. Its query is not shown: a provider may want its key there.
  var upstreamPath: String {
    guard let separator = upstreamURL.firstRange(of: "://") else { return upstreamURL }
    let rest = upstreamURL[separator.upperBound...]
    guard let slash = rest.firstIndex(of: "/") else { return "/" }
    return String(rest[slash...])
  }
}
