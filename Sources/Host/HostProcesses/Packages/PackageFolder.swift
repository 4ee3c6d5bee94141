// SPDX-License-Identifier: Apache-2.0

/// The folder of installed packages, `NAME/VERSION/`, and what a package needs to be used.
package struct PackageFolder: Sendable, CustomStringConvertible {
  package let path: String
  /// Whether a package without the signature of a trusted key is refused, when it is installed and before every start.
  package let requiresSignature: Bool
  package let trustedKeys: TrustedKeys
  /// All copies of the value share it.
  let verified = VerifiedExecutables()

  /// - Parameter trustedKeys: a folder of PEM files; nil: `.trust` in the folder of packages. A plugin's name never
  ///   begins with a dot.
  package init(_ path: String, requiresSignature: Bool = false, trustedKeys: String? = nil) {
    self.path = path
    self.requiresSignature = requiresSignature
    self.trustedKeys = TrustedKeys(directory: trustedKeys ?? "\(path)/.trust")
  }

  package var description: String { path }

  /// Refuses a manifest that nobody who is trusted vouches for.
  ///
  /// - Parameter what: the file or package, for the error.
  func check(
    _ manifest: ManifestDocument, _ signature: PackageSignature?, of what: String
  ) throws(InstalledPackage.Unusable) {
    let vouching = try trustedKeys.vouching(for: manifest.canonical, by: signature)
    let reason =
      switch vouching {
      case .trusted: String?.none
      case .unsigned: "is not signed; the signature of a trusted key is required"
      case .untrusted(let id):
        "is signed with the key \(VerificationKey.short(id)), which is not trusted: "
          + "it is not in \(trustedKeys)"
      case .invalid(let key):
        "was altered: the key '\(key.name)' did not sign this manifest"
      }
    guard let reason else { return }
    throw InstalledPackage.Unusable(description: "\(what) \(reason)")
  }
}
