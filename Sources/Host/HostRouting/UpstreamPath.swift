// SPDX-License-Identifier: Apache-2.0

/// The path that a request has at its upstream: Kong's `path_handling: v0`, the default.
package enum UpstreamPath {
  /// - Parameters:
  ///   - service: the service's path; empty for none.
  ///   - path: the request's, without its query.
  ///   - matched: bytes of the request's path that the route's path covers.
  ///   - strips: the route's `strip_path`.
  package static func build(
    service: [UInt8], path: UnsafeRawBufferPointer, matched: Int, strips: Bool
  ) -> [UInt8] {
    let rest = strips ? path.dropFirst(min(matched, path.count)) : path[...]
    let slash = UInt8(ascii: "/")
    var result = service
    if result.isEmpty {
      if rest.first != slash { result.append(slash) }
      result.append(contentsOf: rest)
    } else if rest.isEmpty {
      // The service's own path, as it is.
    } else if result.last == slash {
      result.append(contentsOf: rest.first == slash ? rest.dropFirst() : rest)
    } else {
      if rest.first != slash { result.append(slash) }
      result.append(contentsOf: rest)
    }
    return result
  }
}
