// SPDX-License-Identifier: Apache-2.0

/// Names a ``CredentialSource`` without keeping it: what is kept under this name outlives configurations, and must not keep
/// their secrets.
package struct CredentialKey: Hashable, Sendable {
  private let digest: [UInt8]

  fileprivate init(_ parts: [[UInt8]]) {
    // Each with its length, so that no two lists read alike.
    digest = Digest.sha256.hash(parts.flatMap { Array("\($0.count):".utf8) + $0 })
  }
}

extension CredentialSource {
  /// The same for equal sources only.
  package var key: CredentialKey {
    let parts: [[UInt8]] =
      switch self {
      case .clientCredentials(let grant):
        [
          grant.url.bytes, grant.clientID.bytes, grant.clientSecret.revealed, grant.scope.bytes,
        ]
      case .jwtBearer(let grant): [grant.account.revealed, grant.url.bytes, grant.scope.bytes]
      case .googleMetadata(let url): [url.bytes]
      case .azureIdentity(let grant): [grant.url, grant.resource, grant.clientID].map(\.bytes)
      case .assumedRole(let role):
        [
          role.keys.accessKey.revealed, role.keys.secretKey.revealed,
          role.keys.sessionToken?.revealed ?? [],
        ] + [role.region, role.arn, role.sessionName, role.url, role.externalID].map(\.bytes)
      }
    return CredentialKey(["\(name)".bytes] + parts)
  }
}

extension String {
  fileprivate var bytes: [UInt8] { Array(utf8) }
}
