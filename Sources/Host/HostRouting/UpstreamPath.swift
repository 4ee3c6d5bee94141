// SPDX-License-Identifier: Apache-2.0

/// The path that a request has at its upstream, as Kong builds it.
package enum UpstreamPath {
  private static let slash = UInt8(ascii: "/")

  /// Kong's `path_handling`: how the parts are put together.
  package enum Handling: String, Sendable {
    /// As segments: a slash stands between the service's path and the rest.
    case v0
    /// The service's path is a prefix like any text: `/s` and `/r` make `/sr`.
    case v1
  }

  /// - Parameters:
  ///   - service: the service's path; empty for none.
  ///   - path: the request's, without its query, normalised.
  ///   - matched: bytes of the request's path that the route's path covers; 0: the route names none.
  ///   - strips: the route's `strip_path`.
  package static func build(
    service: [UInt8], path: UnsafeRawBufferPointer, matched: Int, strips: Bool,
    handling: Handling = .v0
  ) -> [UInt8] {
    let base = service.isEmpty ? [slash] : service
    let rest = strips ? postfix(of: path, matched: matched) : path[...]
    return switch handling {
    case .v0: segments(base, path, rest, strips: strips)
    case .v1: text(base, rest, strips: strips)
    }
  }

  private static func segments(
    _ base: [UInt8], _ path: UnsafeRawBufferPointer, _ rest: Slice<UnsafeRawBufferPointer>,
    strips: Bool
  ) -> [UInt8] {
    if strips, rest.isEmpty {
      // A slash at the end is the request's to decide.
      if base == [slash] { return base }
      guard base.last == slash else {
        return path.count > 1 && path.last == slash ? base + [slash] : base
      }
      return path.last == slash ? base : base.dropLast()
    }
    if !strips, base.last != slash, path.elementsEqual([slash]) { return base }
    var result = base
    if result.last == slash { result.removeLast() }
    if rest.first != slash { result.append(slash) }
    result.append(contentsOf: rest)
    return result
  }

  private static func text(
    _ base: [UInt8], _ rest: Slice<UnsafeRawBufferPointer>, strips: Bool
  ) -> [UInt8] {
    // Of what is stripped only a double slash is made one; else the first slash always goes.
    let dropsSlash = rest.first == slash && (!strips || base.last == slash)
    return base + (dropsSlash ? rest.dropFirst() : rest)
  }

  /// What is left of the path behind what the route covers.
  ///
  /// A prefix may end within a segment: of `/a../b` behind `/a` there would be left `../b`, which leads out of the
  /// service's path. So dots that have become a segment of their own are dropped.
  private static func postfix(
    of path: UnsafeRawBufferPointer, matched: Int
  ) -> Slice<UnsafeRawBufferPointer> {
    if matched == 0 { return path.first == slash ? path.dropFirst() : path[...] }
    let rest = path.dropFirst(matched)
    let segment = rest.prefix { $0 != slash }
    guard segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) else { return rest }
    return rest.dropFirst(segment.count + 1)
  }
}
