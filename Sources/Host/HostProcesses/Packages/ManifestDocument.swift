// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A manifest as a document: what `EXECUTABLE --manifest` prints, and in `manifest.json` two members more: `executable`,
/// the file's name in the folder, and `sha256`, its digest in hexadecimal digits.
struct ManifestDocument: Sendable, Equatable {
  let name: String
  let version: String
  let value: CanonicalJSON
  /// The bytes that are signed, and that `manifest.json` consists of.
  let canonical: [UInt8]

  /// The file's name in the folder; empty in what an executable prints.
  var executable: String { value["executable"]?.string ?? "" }
  /// Of the executable, in hexadecimal digits; empty in what an executable prints.
  var sha256: String { value["sha256"]?.string ?? "" }

  /// What the process asks to be allowed beyond its sockets; what is no permission is among them, as it stands there.
  var permissions: [String] {
    switch value["permissions"] {
    case nil, .null: []
    case .array(let permissions): permissions.map { $0.string ?? $0.text }
    case .some(let other): [other.text]
    }
  }

  /// - Parameter what: where the document is from, for the error.
  init(_ data: Data, from what: String) throws(InstalledPackage.Unusable) {
    guard let value = try? JSONDecoder().decode(CanonicalJSON.self, from: data) else {
      throw InstalledPackage.Unusable(description: "\(what) is not a manifest: it is no JSON")
    }
    try self.init(value, from: what)
  }

  init(_ value: CanonicalJSON, from what: String) throws(InstalledPackage.Unusable) {
    guard let name = value["name"]?.string, let version = value["version"]?.string else {
      throw InstalledPackage.Unusable(
        description: "\(what) is not a manifest: it has no name or no version")
    }
    try InstalledPackage.checkName(name)
    guard SemanticVersion(version) != nil else {
      throw InstalledPackage.Unusable(
        description: "'\(version)', the version in \(what), is no semantic version")
    }
    self.name = name
    self.version = version
    self.value = value
    canonical = Array(value.text.utf8)
  }

  /// The manifest of the package that is made of an executable with this digest.
  func installed(sha256: String) throws(InstalledPackage.Unusable) -> ManifestDocument {
    guard case .object(var members) = value else { return self }
    members["executable"] = .string(name)
    members["sha256"] = .string(sha256)
    return try ManifestDocument(.object(members), from: "the manifest of '\(name)'")
  }
}
