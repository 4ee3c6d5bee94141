// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A key that packages may be signed with.
package struct TrustedKey: Sendable, Equatable {
  package let name: String
  package let key: VerificationKey
}

/// A folder of public keys, `NAME.pem`. It is read anew each time, so that a key that is removed is not trusted any more.
package struct TrustedKeys: Sendable, CustomStringConvertible {
  package let directory: String

  package init(directory: String) { self.directory = directory }

  package var description: String { directory }

  private typealias Unusable = InstalledPackage.Unusable
  private static let suffix = ".pem"

  /// All keys, by name. No folder is no keys.
  ///
  /// - Throws: when the folder or one of its `.pem` files cannot be read: it may be the key that was meant to be there.
  package func all() throws(InstalledPackage.Unusable) -> [TrustedKey] {
    guard FileManager.default.fileExists(atPath: directory) else { return [] }
    let files: [String]
    do {
      files = try FileManager.default.contentsOfDirectory(atPath: directory)
    } catch {
      throw Unusable(description: "\(directory): \(error.reason)")
    }
    var keys: [TrustedKey] = []
    for file in files.sorted() where file.hasSuffix(Self.suffix) {
      keys.append(
        TrustedKey(
          name: String(file.dropLast(Self.suffix.count)), key: try read("\(directory)/\(file)")))
    }
    return keys
  }

  /// What a signature of these bytes is worth.
  func vouching(
    for message: [UInt8], by signature: PackageSignature?
  ) throws(InstalledPackage.Unusable) -> Vouching {
    guard let signature else { return .unsigned }
    guard let key = try all().first(where: { $0.key.id == signature.keyID }) else {
      return .untrusted(keyID: signature.keyID)
    }
    return key.key.isSignature(signature.signature, of: message) ? .trusted(key) : .invalid(key)
  }

  /// Trusts the public key of a file from now on.
  ///
  /// - Parameter name: nil: the file's name without what follows its first dot.
  package func add(
    _ file: String, name: String?
  ) throws(InstalledPackage.Unusable) -> TrustedKey {
    let base = (file as NSString).lastPathComponent
    let name = name ?? String(base.prefix { $0 != "." })
    try checkName(name)
    let key = try read(file)
    if let known = try all().first(where: { $0.key == key || $0.name == name }) {
      guard known.key == key else {
        throw Unusable(
          description: "another key is trusted as '\(name)' already: "
            + "\(VerificationKey.short(known.key.id)); remove it, or give another name")
      }
      throw Unusable(description: "this key is trusted already, as '\(known.name)'")
    }
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      try Data(key.pem).write(to: URL(fileURLWithPath: path(of: name)), options: .atomic)
    } catch {
      throw Unusable(description: "\(path(of: name)): \(error.reason)")
    }
    return TrustedKey(name: name, key: key)
  }

  /// Trusts a key no more.
  package func remove(_ name: String) throws(InstalledPackage.Unusable) -> TrustedKey {
    let all = try all()
    guard let key = all.first(where: { $0.name == name }) else {
      let names = all.map { "'\($0.name)'" }.joined(separator: ", ")
      throw Unusable(
        description: "no key is trusted as '\(name)' in \(directory)"
          + (names.isEmpty ? "" : "; those that are: \(names)"))
    }
    do {
      try FileManager.default.removeItem(atPath: path(of: name))
    } catch {
      throw Unusable(description: "\(path(of: name)): \(error.reason)")
    }
    return key
  }

  /// The file of a key.
  package func path(of name: String) -> String { "\(directory)/\(name)\(Self.suffix)" }

  private func checkName(_ name: String) throws(InstalledPackage.Unusable) {
    guard name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9_-]{0,63}/) != nil else {
      throw Unusable(
        description: "'\(name)' is no name for a key: letters, digits, '_' and '-'; give --name")
    }
  }

  private func read(_ file: String) throws(InstalledPackage.Unusable) -> VerificationKey {
    try VerificationKey(pem: KeyFile.read(file), from: file)
  }
}
