// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Kong's configuration of key-auth.
struct KeyAuthConfig: Decodable, Sendable {
  var keyNames: [String]
  var hideCredentials: Bool
  var anonymous: String?
  var keyInHeader: Bool
  var keyInQuery: Bool
  var keyInBody: Bool
  var runOnPreflight: Bool
  var realm: String?

  private enum CodingKeys: String, CodingKey {
    case keyNames = "key_names"
    case hideCredentials = "hide_credentials"
    case anonymous
    case keyInHeader = "key_in_header"
    case keyInQuery = "key_in_query"
    case keyInBody = "key_in_body"
    case runOnPreflight = "run_on_preflight"
    case realm
  }

  static let schema = ConfigSchema(
    [
      "key_names": .array(of: .string.check(headerName)).required.default(["apikey"])
        .describe("names under which clients send their key"),
      "hide_credentials": .boolean.required.default(true)
        .describe("whether the key is taken out of the request before it goes on"),
      "anonymous": .string.minLength(1)
        .describe(
          "Id or username of the consumer that clients pass as which are not authenticated."),
      "key_in_header": .boolean.required.default(true)
        .describe("whether header fields are looked at"),
      "key_in_query": .boolean.required.default(true)
        .describe("whether the query is looked at"),
      "key_in_body": .boolean.required.default(false)
        .describe("whether the body is looked at: forms and JSON objects"),
      "run_on_preflight": .boolean.required.default(true)
        .describe("whether requests with the method OPTIONS need a key"),
      "realm": .string.check(realm)
        .describe("what WWW-Authenticate names as the realm"),
      "identity_realms": .array(
        of: .record([
          "scope": .string.oneOf("cp", "realm").describe("`cp`: this gateway"),
          "id": .string.describe("of Konnect, which is not supported"),
          "region": .string.describe("of Konnect, which is not supported"),
        ])
      ).describe("where consumers come from: only from this gateway, `[{scope: cp}]`"),
    ],
    checks: [.custom(identityRealms)])

  /// The variable that tells that a client was authenticated before.
  static let credential = "credential.id"

  /// What the plugin must see.
  var interest: Interest {
    Interest(
      headers: HeaderInterest((keyInHeader ? keyNames : []) + (keyInBody ? ["content-type"] : [])),
      body: keyInBody ? .whole() : .none, variables: anonymous == nil ? [] : [Self.credential],
      inspects: !hideCredentials)
  }

  private static func headerName(_ name: JSONValue) -> String? {
    let name = name.text ?? ""
    return name.isEmpty ? "length must be at least 1" : HeaderName.problem(name)
  }

  /// It stands in a header field.
  private static func realm(_ realm: JSONValue) -> String? {
    (realm.text ?? "").utf8.contains { $0 < 0x20 || $0 == 0x7F }
      ? "must not have control characters" : nil
  }

  private static func identityRealms(_ config: JSONValue) -> [ConfigDiagnostic] {
    (config["identity_realms"]?.array ?? []).enumerated().compactMap { index, realm in
      realm["scope"]?.text == "realm"
        ? ConfigDiagnostic(
          "/identity_realms/\(index)/scope", "realms of Konnect are not supported: expected cp")
        : nil
    }
  }
}
