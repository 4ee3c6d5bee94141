// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import HostRouting

/// The route that was found for a request, and what of its path the route covers.
struct RouteChoice {
  /// Index into the snapshot's destinations.
  let destination: Int
  let matchedLength: Int
  let captures: [(name: [UInt8], value: [UInt8])]
  /// The path in normal form, where it is not the one that was sent.
  let normalPath: [UInt8]?

  init?(for head: RequestHead, in snapshot: Snapshot) {
    let normal: [UInt8]? = head.withPath { path in
      PathNormalisation.isNormal(path) ? nil : PathNormalisation.normalise(path)
    }
    let match = head.withMethod { method in
      head.withAuthority { authority in
        if let normal {
          return normal.withUnsafeBytes {
            snapshot.routes.match(method: method, authority: authority, path: $0)
          }
        }
        return head.withPath {
          snapshot.routes.match(method: method, authority: authority, path: $0)
        }
      }
    }
    guard let match else { return nil }
    destination = match.index
    matchedLength = match.matchedLength
    captures = match.captures
    normalPath = normal
  }
}
