// SPDX-License-Identifier: Apache-2.0

import Patterns
import PluginSDK

/// The config of Kong's `cors`.
struct CORSConfig: Decodable, Sendable {
  var origins: [String]?
  var methods: [String]
  var headers: [String]?
  var exposedHeaders: [String]?
  var maxAge: JSONValue?
  var credentials: Bool
  var privateNetwork: Bool
  var preflightContinue: Bool
  var allowOriginAbsent: Bool

  enum CodingKeys: String, CodingKey {
    case origins, methods, headers, credentials
    case exposedHeaders = "exposed_headers"
    case maxAge = "max_age"
    case privateNetwork = "private_network"
    case preflightContinue = "preflight_continue"
    case allowOriginAbsent = "allow_origin_absent"
  }
}

extension CORS {
  private static let methods: [JSONValue] = [
    "GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT",
  ]

  static let schema = ConfigSchema([
    "origins": .array(of: origin).describe(
      "origins that may read responses: `https://example.com`, `*`, or a pattern; all without it"),
    "methods": .array(of: .string.oneOf(methods)).default(.array(methods)).describe(
      "what preflights are told of methods"),
    "headers": .array(of: fieldName).describe(
      "what preflights are told of headers; without it what they ask for"),
    "exposed_headers": .array(of: fieldName).describe(
      "headers of responses that pages may read, beside those that they may anyway"),
    "max_age": .number.describe("seconds for which browsers may keep the answer to a preflight"),
    "credentials": .boolean.default(false).describe(
      "pages may send cookies and the like; an origin is then told itself in place of `*`"),
    "private_network": .boolean.default(false).describe(
      "pages of public networks may ask, if the gateway is in a private one"),
    "preflight_continue": .boolean.default(false).describe(
      "preflights go on to the upstream, and its answers are not touched"),
    "allow_origin_absent": .boolean.default(true).describe(
      "responses to requests without `Origin` have the headers too"),
  ])

  private static let origin = ConfigType.string.check { value in
    let entry = value.text ?? ""
    guard entry != "*", OriginEntry.isPattern(entry) else { return nil }
    do throws(PatternError) {
      _ = try Pattern(entry)
      return nil
    } catch {
      return "'\(entry)' is not a valid regex: \(error.message) at offset \(error.offset)"
    }
  }

  /// It is joined with others into the value of a header.
  private static let fieldName = ConfigType.string.check { value in
    let isText = (value.text ?? "").utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    return isText ? nil : "must not have control characters"
  }
}
