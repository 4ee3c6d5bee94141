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

  /// - Parameters:
  ///   - isSecure: whether the client's connection is encrypted.
  ///   - serverName: what the client asked for in the TLS handshake; nil for none.
  init?(
    for head: RequestHead, isSecure: Bool, serverName: [UInt8]?, in snapshot: Snapshot
  ) {
    let normal: [UInt8]? = head.withPath { path in
      PathNormalisation.isNormal(path) ? nil : PathNormalisation.normalise(path)
    }
    func find(_ path: UnsafeRawBufferPointer) -> RouteTable.Match? {
      head.withMethod { method in
        head.withAuthority { authority in
          func match(_ name: UnsafeRawBufferPointer?) -> RouteTable.Match? {
            snapshot.routes.match(
              RouteRequest(
                method: method, authority: authority, path: path, isSecure: isSecure, sni: name),
              headers: RoutedFields(fields: head.fields))
          }
          return serverName.map { $0.withUnsafeBytes { match($0) } } ?? match(nil)
        }
      }
    }
    guard let match = normal.map({ $0.withUnsafeBytes(find) }) ?? head.withPath(find) else {
      return nil
    }
    destination = match.index
    matchedLength = match.matchedLength
    captures = match.captures
    normalPath = normal
  }
}

/// The header fields of a request as the router sees them.
private struct RoutedFields: RouteHeaders {
  let fields: HeaderFields

  func forEachField(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
    fields.forEach { _, name, value in body(name, value) }
  }
}
