// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import HostProcesses

/// Keys and signatures beside those of the `openssl` command.
@Suite struct SigningKeyTests {
  private let message = Array("a manifest".utf8)

  @Test func `openssl verifies what is signed here`() throws {
    let vendor = try SigningVendor()
    try Data(message).write(to: URL(fileURLWithPath: "\(vendor.folder)/message"))
    try Data(vendor.key().signature(of: message))
      .write(to: URL(fileURLWithPath: "\(vendor.folder)/signature"))
    let text = try SigningVendor.openssl(
      "pkeyutl", "-verify", "-pubin", "-inkey", vendor.publicKey, "-rawin", "-in",
      "\(vendor.folder)/message", "-sigfile", "\(vendor.folder)/signature")
    #expect(text.contains("Signature Verified Successfully"))
  }

  @Test func `what openssl signs is verified here, and nothing that was altered`() throws {
    let vendor = try SigningVendor()
    try Data(message).write(to: URL(fileURLWithPath: "\(vendor.folder)/message"))
    try SigningVendor.openssl(
      "pkeyutl", "-sign", "-inkey", vendor.privateKey, "-rawin", "-in",
      "\(vendor.folder)/message", "-out", "\(vendor.folder)/signature")
    let signature = try KeyFile.read("\(vendor.folder)/signature")
    let key = try VerificationKey(pem: KeyFile.read(vendor.publicKey), from: "it")
    #expect(key.isSignature(signature, of: message))
    #expect(!key.isSignature(signature, of: message + [0]))
    #expect(!key.isSignature(signature.dropLast() + [signature[63] ^ 1], of: message))
    #expect(!key.isSignature([], of: message))
    #expect(!key.isSignature(signature + [0], of: message))
    let other = try SigningVendor().key().publicKey
    #expect(!other.isSignature(signature, of: message))
  }

  @Test func `a key's id is the digest of its 32 bytes`() throws {
    let vendor = try SigningVendor()
    let der = "\(vendor.folder)/public.der"
    try SigningVendor.openssl(
      "pkey", "-pubin", "-in", vendor.publicKey, "-outform", "DER", "-out", der)
    let raw = "\(vendor.folder)/public.raw"
    try Data(KeyFile.read(der).suffix(32)).write(to: URL(fileURLWithPath: raw))
    let text = try SigningVendor.openssl("dgst", "-sha256", "-r", raw)
    let id = try vendor.key().publicKey.id
    #expect(id.count == 64 && text.hasPrefix(id))
  }

  @Test func `a key that is made here is one of openssl's`() throws {
    let vendor = try SigningVendor()
    let path = "\(vendor.folder)/new"
    let key = try SigningKey.generate()
    try KeyFile.write(key, to: path)
    let text = try SigningVendor.openssl("pkey", "-in", path, "-pubout")
    #expect(Array(text.utf8) == (try KeyFile.read("\(path).pub")))
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    let error = #expect(throws: InstalledPackage.Unusable.self) {
      try KeyFile.write(SigningKey.generate(), to: path)
    }
    #expect(error?.description == "\(path): File exists")
  }

  @Test func `when the public key cannot be written there is no private one either`() throws {
    let vendor = try SigningVendor()
    let path = "\(vendor.folder)/new"
    try Data().write(to: URL(fileURLWithPath: "\(path).pub"))
    #expect(throws: InstalledPackage.Unusable.self) {
      try KeyFile.write(SigningKey.generate(), to: path)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `what is no Ed25519 key is said to be none`() throws {
    let vendor = try SigningVendor()
    let rsa = "\(vendor.folder)/rsa.pem"
    try SigningVendor.openssl(
      "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", rsa)
    #expect(
      reason { _ = try SigningKey(pem: KeyFile.read(rsa), from: "it") }
        == "it is not an Ed25519 key")
    #expect(
      reason { _ = try VerificationKey(pem: KeyFile.read(vendor.privateKey), from: "it") }
        == "it is no public key in PEM: expected 'BEGIN PUBLIC KEY'")
    #expect(
      reason { _ = try SigningKey(pem: KeyFile.read(vendor.publicKey), from: "it") }
        .hasPrefix("it is no private key in PEM"))
    #expect(
      reason { _ = try VerificationKey(pem: [], from: "it") }.hasPrefix("it is no public key"))
    #expect(
      reason { _ = try KeyFile.read("/does/not/exist") }
        == "/does/not/exist: No such file or directory")
  }

  private func reason(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch {
      return "\(error)"
    }
  }
}
