// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import HostProcesses

@Suite struct TrustedKeysTests {
  private let vendor: SigningVendor
  private let keys: TrustedKeys

  init() throws {
    vendor = try SigningVendor()
    keys = TrustedKeys(directory: "\(vendor.folder)/trusted")
  }

  private func reason(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing was refused"
    } catch {
      return "\(error)"
    }
  }

  @Test func `keys are added, listed by name and removed`() throws {
    #expect(try keys.all().isEmpty)
    let other = try SigningVendor("other")
    #expect(try keys.add(vendor.publicKey, name: nil).name == "vendor")
    #expect(try keys.add(other.publicKey, name: "an-Other_1").name == "an-Other_1")
    #expect(try keys.all().map(\.name) == ["an-Other_1", "vendor"])
    #expect(try keys.all().last?.key == vendor.key().publicKey)
    #expect(try keys.remove("vendor").key == vendor.key().publicKey)
    #expect(try keys.all().map(\.name) == ["an-Other_1"])
  }

  @Test func `what cannot be added is named with the reason`() throws {
    _ = try keys.add(vendor.publicKey, name: nil)
    #expect(
      reason { _ = try keys.add(vendor.publicKey, name: "again") }
        == "this key is trusted already, as 'vendor'")
    let other = try SigningVendor()
    #expect(
      reason { _ = try keys.add(other.publicKey, name: nil) }
        .hasPrefix("another key is trusted as 'vendor' already"))
    // A private key does not belong there.
    #expect(
      reason { _ = try keys.add(other.privateKey, name: "x") }.contains("is no public key in PEM"))
    for name in ["", "../x", ".x", "a b", "-x"] {
      #expect(
        reason { _ = try keys.add(other.publicKey, name: name) }
          .hasPrefix("'\(name)' is no name for a key"))
    }
    #expect(try keys.all().map(\.name) == ["vendor"])
  }

  @Test func `what is not there is not removed`() throws {
    #expect(
      reason { _ = try keys.remove("x") } == "no key is trusted as 'x' in \(keys.directory)")
    _ = try keys.add(vendor.publicKey, name: nil)
    #expect(
      reason { _ = try keys.remove("../trusted/vendor") }
        == "no key is trusted as '../trusted/vendor' in \(keys.directory); those that are: 'vendor'"
    )
  }
}
