// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK

/// What Kong has no words for.
struct PatchbayRecord: Decodable, Sendable {
  /// What becomes of a field that the provider cannot take.
  enum Unsupported: String, Decodable, Sendable {
    /// It is left out, and named in a header of the response and in the log.
    case warn
    /// It is left out, and named in the log.
    case drop
    /// The request is refused.
    case reject
  }

  var unsupported: Unsupported
  var awsSessionToken: Secret?
  var azureAuthority: String

  enum CodingKeys: String, CodingKey {
    case unsupported
    case awsSessionToken = "aws_session_token"
    case azureAuthority = "azure_authority"
  }

  static let schema = ConfigType.record([
    "unsupported": .string.default("warn").oneOf("warn", "drop", "reject"),
    // Of temporary keys in `auth`.
    "aws_session_token": .string.secret,
    // Where Entra ID gives tokens; the national clouds have addresses of their own.
    "azure_authority": .string.url.default("https://login.microsoftonline.com"),
  ]).default([:])
}
