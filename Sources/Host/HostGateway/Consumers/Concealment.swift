// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import HostSigning

/// Where in a request its client's credential stands, so that those who write logs are not shown it.
struct Concealment {
  /// What stands in its place.
  static let placeholder = Array("REDACTED".utf8)

  /// Names of header fields, as they were given.
  private var headers: [[UInt8]] = []
  /// Names of parameters, without percent encoding.
  private var parameters: [[UInt8]] = []

  /// Names at most: a plugin knows a few places where a credential may stand.
  private static let limit = 256

  var isEmpty: Bool { headers.isEmpty && parameters.isEmpty }
  var hidesParameters: Bool { !parameters.isEmpty }
  var isTooLong: Bool { headers.count + parameters.count > Self.limit }

  mutating func conceal(header name: [UInt8]) { headers.append(name) }
  mutating func conceal(parameter name: [UInt8]) { parameters.append(name) }

  func conceals(header name: UnsafeRawBufferPointer) -> Bool {
    headers.contains { $0.equalsIgnoringCase(name) }
  }

  /// A path with its query, without the values of the parameters.
  func target(_ target: UnsafeRawBufferPointer) -> [UInt8] {
    guard !parameters.isEmpty, let mark = target.firstIndex(of: UInt8(ascii: "?")) else {
      return Array(target)
    }
    let query = target[(mark + 1)...]
    let parts = query.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
      .map { part -> [UInt8] in
        let end = part.firstIndex(of: UInt8(ascii: "="))
        guard let end, parameters.contains(QueryText.decoded(part[..<end])) else {
          return Array(part)
        }
        return part[...end] + Self.placeholder
      }
    return Array(target[...mark]) + Array(parts.joined(separator: [UInt8(ascii: "&")]))
  }
}

/// Names and values of a query as they are meant.
enum QueryText {
  /// Percent decoding, and `+` for a space; what is no escape stays as it is.
  static func decoded(_ text: some Sequence<UInt8>) -> [UInt8] {
    text.lazy.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }.percentDecoded
  }
}
