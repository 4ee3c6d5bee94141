// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Foundation
import Glibc
import PluginProtocol

/// A package in `plugins/NAME/VERSION/`: an executable, and `manifest.json` with what it is and its digest.
package struct InstalledPackage: Sendable {
  package let name: String
  package let version: String
  package let executable: String
  /// In hexadecimal digits.
  package let sha256: String

  /// Why a package cannot be used.
  package struct Unusable: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// `manifest.json`, as far as the host reads it.
  private struct ManifestFile: Decodable {
    var name: String
    var version: String
    var executable: String
    var sha256: String
  }

  /// The newest version of a plugin.
  package static func newest(
    _ name: String, in directory: String
  ) throws(Unusable) -> InstalledPackage {
    let folder = "\(directory)/\(name)"
    let versions = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/manifest.json") }
    guard let newest = versions.max(by: { SemanticVersion($0) < SemanticVersion($1) }) else {
      throw Unusable(description: "plugin '\(name)' is not installed in \(directory)")
    }
    return try InstalledPackage(folder: "\(folder)/\(newest)", name: name)
  }

  init(folder: String, name: String) throws(Unusable) {
    let file = "\(folder)/manifest.json"
    guard let data = FileManager.default.contents(atPath: file),
      let manifest = try? JSONDecoder().decode(ManifestFile.self, from: data)
    else { throw Unusable(description: "\(file) is not a manifest") }
    guard manifest.name == name, !manifest.executable.contains("/") else {
      throw Unusable(description: "\(file) is the manifest of '\(manifest.name)', not of '\(name)'")
    }
    self.name = name
    version = manifest.version
    executable = "\(folder)/\(manifest.executable)"
    sha256 = manifest.sha256
  }

  /// Opens the executable and checks its digest; what is executed is this very descriptor.
  package func open() throws(Unusable) -> CInt {
    let descriptor = Glibc.open(executable, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Unusable(description: "\(executable): \(String(cString: strerror(errno)))")
    }
    guard let digest = Self.sha256(of: descriptor) else {
      close(descriptor)
      throw Unusable(description: "\(executable) cannot be read")
    }
    guard digest == sha256 else {
      close(descriptor)
      throw Unusable(
        description: "\(executable) is not the file that was installed: its digest differs")
    }
    return descriptor
  }

  /// The digest of a file's content, in hexadecimal digits.
  package static func sha256(of descriptor: CInt) -> String? {
    guard let context = EVP_MD_CTX_new() else { return nil }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { return nil }
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var offset = 0
    while true {
      let count = pread(descriptor, &buffer, buffer.count, off_t(offset))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      EVP_DigestUpdate(context, buffer, count)
      offset += count
    }
    var digest = [UInt8](repeating: 0, count: 32)
    guard EVP_DigestFinal_ex(context, &digest, nil) == 1 else { return nil }
    return digest.map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }
}

/// A version such as 1.12.0-beta.2, in the order of semver.org.
struct SemanticVersion: Comparable {
  private let numbers: [Int]
  private let preRelease: [String]

  init(_ text: String) {
    let core = text.split(separator: "+", maxSplits: 1).first ?? ""
    let parts = core.split(separator: "-", maxSplits: 1)
    numbers = (parts.first ?? "").split(separator: ".").map { Int($0) ?? 0 }
    preRelease = parts.count > 1 ? parts[1].split(separator: ".").map(String.init) : []
  }

  static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
    for index in 0..<max(left.numbers.count, right.numbers.count) {
      let one = index < left.numbers.count ? left.numbers[index] : 0
      let other = index < right.numbers.count ? right.numbers[index] : 0
      if one != other { return one < other }
    }
    if left.preRelease.isEmpty || right.preRelease.isEmpty {
      return !left.preRelease.isEmpty && right.preRelease.isEmpty
    }
    for (one, other) in zip(left.preRelease, right.preRelease) where one != other {
      switch (Int(one), Int(other)) {
      case (let one?, let other?): return one < other
      case (nil, nil): return one < other
      case (_?, nil): return true
      case (nil, _?): return false
      }
    }
    return left.preRelease.count < right.preRelease.count
  }
}
