// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import HostPools
import HostRouting

/// The request target that the upstream gets: the service's path and what is left of the client's, or what a plugin chose;
/// the query with its edits.
struct UpstreamTarget {
  private let path: [UInt8]
  private let query: [UInt8]
  private let edits: [QueryEdit]

  init(path: [UInt8], query: [UInt8], edits: [QueryEdit]) {
    self.path = path
    self.query = query
    self.edits = edits
  }

  init(of exchange: Exchange) {
    let request = exchange.request
    edits = request.query
    if let chosen = request.path {
      let mark = chosen.firstIndex(of: UInt8(ascii: "?")) ?? chosen.count
      path = Array(chosen[..<mark])
      query = Array(chosen.dropFirst(mark + 1))
      return
    }
    query = request.head.withQuery { Array($0) }
    guard let destination = exchange.destination, let route = request.route else {
      path = request.head.withPath { Array($0) }
      return
    }
    func build(_ path: UnsafeRawBufferPointer) -> [UInt8] {
      UpstreamPath.build(
        service: destination.path, path: path, matched: route.matchedLength,
        strips: destination.stripPath, handling: destination.pathHandling)
    }
    path =
      route.normalPath.map { $0.withUnsafeBytes(build) } ?? request.head.withPath(build)
  }

  /// The target as it goes out.
  func bytes(secret: (String) -> [UInt8]?) -> [UInt8] {
    let query = editedQuery(secret)
    return query.isEmpty ? path : path + [UInt8(ascii: "?")] + query
  }

  /// Where the request goes, for logs: without the query, which may hold what is secret.
  func display(origin: Origin) -> String {
    let scheme = origin.isSecure ? "https" : "http"
    return "\(scheme)://\(origin.authority)\(String(decoding: path, as: UTF8.self))"
  }

  private func editedQuery(_ secret: (String) -> [UInt8]?) -> [UInt8] {
    guard !edits.isEmpty else { return query }
    var parameters = query.split(separator: UInt8(ascii: "&")).map(Array.init)
    for edit in edits {
      let name = Self.encoded(edit.name)
      // By what it means, however the client has written it: what is to be removed does not stay.
      func hasName(_ parameter: [UInt8]) -> Bool {
        let end = parameter.firstIndex(of: UInt8(ascii: "=")) ?? parameter.count
        return QueryText.decoded(parameter[..<end]) == edit.name
      }
      if edit.onlyIfAbsent, parameters.contains(where: hasName) { continue }
      parameters.removeAll(where: hasName)
      switch edit.value {
      case .remove: continue
      case .bytes(let value):
        parameters.append(name + [UInt8(ascii: "=")] + Self.encoded(value))
      case .secret(let handle):
        guard let value = secret(handle) else { continue }
        parameters.append(name + [UInt8(ascii: "=")] + Self.encoded(value))
      }
    }
    return Array(parameters.joined(separator: [UInt8(ascii: "&")]))
  }

  /// Percent-encoded but for what is unreserved (RFC 3986, 2.3).
  private static func encoded(_ text: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    for byte in text {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.append(byte)
      default:
        result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return result
  }
}
