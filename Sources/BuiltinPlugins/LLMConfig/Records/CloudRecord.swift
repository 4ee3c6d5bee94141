// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

/// What Kong's `auth` has no words for, under `patchbay`.
package struct CloudRecord: Decodable, Sendable {
  /// The session of temporary keys in `auth`.
  package var awsSessionToken: Secret?
  /// Where Entra ID gives tokens.
  package var azureAuthority: String

  enum CodingKeys: String, CodingKey {
    case awsSessionToken = "aws_session_token"
    case azureAuthority = "azure_authority"
  }

  /// The type of `azure_authority`.
  package static let azureAuthority = ConfigType.string.url.default(
    "https://login.microsoftonline.com")

  /// The members of a record.
  package static let fields: ConfigFields = [
    "aws_session_token": .string.secret.describe("the session of temporary keys in `auth`"),
    "azure_authority": azureAuthority.describe(
      "where Entra ID gives tokens; the national clouds have addresses of their own"),
  ]
}
