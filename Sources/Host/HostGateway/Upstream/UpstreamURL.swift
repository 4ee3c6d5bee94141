// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import HostPools

/// An absolute http or https URL, as far as a request needs it.
struct UpstreamURL {
  let origin: Origin
  /// With a slash in front.
  let path: String
  /// Without the question mark.
  let query: String

  init?(_ text: String) {
    guard
      let match = text.wholeMatch(
        of:
          /(https?):\/\/(\[[0-9A-Fa-f:.]+\]|[^\/:?#@\s\[\]]+)(?::([0-9]{1,5}))?(\/[^?#\s]*)?(?:\?([^#\s]*))?/
      ),
      text.utf8.allSatisfy(\.isTarget)
    else { return nil }
    let isSecure = match.1 == "https"
    let port = match.3.flatMap { Int($0) } ?? (isSecure ? 443 : 80)
    guard (1...65535).contains(port) else { return nil }
    let host = match.2.hasPrefix("[") ? match.2.dropFirst().dropLast() : match.2
    origin = Origin(isSecure: isSecure, host: String(host), port: port)
    path = match.4.map(String.init) ?? "/"
    query = match.5.map(String.init) ?? ""
  }

  /// Path and query with edits, as they go out.
  func target(with edits: [QueryEdit], secret: (String) -> [UInt8]?) -> [UInt8] {
    UpstreamTarget(path: Array(path.utf8), query: Array(query.utf8), edits: edits)
      .bytes(secret: secret)
  }
}
