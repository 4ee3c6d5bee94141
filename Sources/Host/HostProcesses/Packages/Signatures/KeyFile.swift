// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// Files with keys in PEM.
package enum KeyFile {
  /// Bytes of such a file.
  private static let limit = 64 << 10

  /// The file's content.
  package static func read(_ path: String) throws(InstalledPackage.Unusable) -> [UInt8] {
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? file.close() }
      return Array(try file.read(upToCount: limit) ?? Data())
    } catch {
      throw InstalledPackage.Unusable(description: "\(path): \(error.reason)")
    }
  }

  /// Writes a new key: the private one, for the owner only, and the public one beside it as `PATH.pub`. Replaces nothing.
  package static func write(
    _ key: borrowing SigningKey, to path: String
  ) throws(InstalledPackage.Unusable) {
    try create(path, key.pem, mode: 0o600)
    do throws(InstalledPackage.Unusable) {
      try create("\(path).pub", key.publicKey.pem, mode: 0o644)
    } catch {
      unlink(path)
      throw error
    }
  }

  private static func create(
    _ path: String, _ bytes: [UInt8], mode: mode_t
  ) throws(InstalledPackage.Unusable) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      throw InstalledPackage.Unusable(description: "\(path): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    guard !bytes.isEmpty, Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      let reason = String(cString: strerror(errno))
      unlink(path)
      throw InstalledPackage.Unusable(description: "\(path): \(reason)")
    }
  }
}

extension Error {
  /// The system's words for what went wrong with a file.
  var reason: String {
    let error = self as NSError
    if let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError {
      return cause.domain == NSPOSIXErrorDomain
        ? String(cString: strerror(CInt(truncatingIfNeeded: cause.code)))
        : cause.localizedDescription
    }
    return error.localizedDescription
  }
}
