// SPDX-License-Identifier: Apache-2.0

import HostHTTP

// What the upstream is told about the path that the client asked for.
extension Exchange {
  /// As Kong does: the path as it was sent, and what of it `strip_path` took away, but for a single slash.
  func addForwardedPath(_ edits: inout HeaderEdits) {
    request.head.withPath { edits.set("X-Forwarded-Path", $0) }
    let stripped = strippedPrefix
    if stripped.count > 1 {
      edits.set("X-Forwarded-Prefix", stripped)
    } else {
      // What a client says of it is not true here.
      edits.remove("X-Forwarded-Prefix")
    }
  }

  private var strippedPrefix: [UInt8] {
    guard let route = request.route, destination?.stripPath == true else { return [] }
    return route.normalPath.map { Array($0.prefix(route.matchedLength)) }
      ?? request.head.withPath { Array($0.prefix(route.matchedLength)) }
  }
}
