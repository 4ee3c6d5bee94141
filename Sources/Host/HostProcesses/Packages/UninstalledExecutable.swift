// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An executable that is not installed yet: opened once, so that what is asked what it is, is the file whose digest counts.
final class UninstalledExecutable {
  private typealias Unusable = InstalledPackage.Unusable

  /// As it was named.
  let path: String
  /// In hexadecimal digits.
  let sha256: String
  private let descriptor: CInt

  init(_ path: String) throws(InstalledPackage.Unusable) {
    self.path = path
    (descriptor, sha256) = try Self.open(path)
  }

  deinit { close(descriptor) }

  /// Where its signature is, if it has one.
  static func signatureFile(of path: String) -> String { "\(path).sig" }

  /// What it says of itself, as the manifest of the package that is made of it.
  func manifest(
    asking inspector: ManifestInspector
  ) throws(InstalledPackage.Unusable) -> ManifestDocument {
    try inspector.manifest(of: descriptor, named: path).installed(sha256: sha256)
  }

  /// The digest of a file.
  ///
  /// - Parameter mode: what is permitted from now on; the content is on the disk then.
  static func digest(
    of path: String, making mode: mode_t? = nil
  ) throws(InstalledPackage.Unusable) -> String {
    let (descriptor, digest) = try open(path)
    defer { close(descriptor) }
    if let mode, fchmod(descriptor, mode) != 0 || fsync(descriptor) != 0 { throw failure(path) }
    return digest
  }

  private static func open(
    _ path: String
  ) throws(InstalledPackage.Unusable) -> (descriptor: CInt, digest: String) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    guard let digest = FileDigest.sha256(of: descriptor) else {
      let failure = failure(path)
      close(descriptor)
      throw failure
    }
    return (descriptor, digest)
  }

  private static func failure(_ path: String) -> Unusable {
    Unusable(description: "\(path): \(String(cString: strerror(errno)))")
  }
}
