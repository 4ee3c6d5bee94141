// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import HostProcesses

/// Somebody who signs, with keys that the `openssl` command made.
final class SigningVendor: Sendable {
  let folder: String
  let name: String

  init(_ name: String = "vendor") throws {
    self.name = name
    folder = NSTemporaryDirectory() + "/patchbay-vendor-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Self.openssl("genpkey", "-algorithm", "ed25519", "-out", privateKey)
    try Self.openssl("pkey", "-in", privateKey, "-pubout", "-out", publicKey)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var privateKey: String { "\(folder)/\(name).pem" }
  var publicKey: String { "\(folder)/\(name).pub.pem" }

  func key() throws -> SigningKey {
    try SigningKey(pem: KeyFile.read(privateKey), from: privateKey)
  }

  /// A copy of the test plugin, at this vendor's.
  func executable() throws -> String {
    let path = "\(folder)/test-plugin"
    if !FileManager.default.fileExists(atPath: path) {
      try FileManager.default.copyItem(atPath: TestPlugins.executable, toPath: path)
    }
    return path
  }

  /// The copy with its signature beside it.
  func signedExecutable() throws -> String {
    let path = try executable()
    _ = try PackageInstaller.sign(path, with: key())
    return path
  }

  /// Fails the test when the command does.
  @discardableResult
  static func openssl(_ arguments: String...) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "openssl \(arguments): \(text)")
    return text
  }
}
