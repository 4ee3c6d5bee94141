// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostClients

/// The rules of nginx's realip module, which Kong documents as its own.
struct TrustedAddressesTests {
  private static let blocks = ["10.0.0.0/8", "fd00::/8", "unix:"].compactMap { AddressBlock($0) }

  private func client(
    of peer: ClientAddress, _ values: [String], isRecursive: Bool
  ) -> String {
    let trusted = TrustedAddresses(Self.blocks, isRecursive: isRecursive)
    return trusted.client(of: peer, values.map { Array($0.utf8) }).description
  }

  @Test(
    arguments: [
      ("10.0.0.1", ["1.1.1.1"], "1.1.1.1", "1.1.1.1"),
      ("10.0.0.1", ["1.1.1.1, 2.2.2.2"], "2.2.2.2", "2.2.2.2"),
      ("10.0.0.1", ["1.1.1.1, 10.0.0.2"], "10.0.0.2", "1.1.1.1"),
      ("10.0.0.1", ["1.1.1.1, 2.2.2.2 ,\t10.0.0.3,10.0.0.2"], "10.0.0.2", "2.2.2.2"),
      // All of them are proxies: the first of them is who asks.
      ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.2", "10.0.0.3"),
      // Lines follow each other.
      ("10.0.0.1", ["1.1.1.1", "10.0.0.2"], "10.0.0.2", "1.1.1.1"),
      ("fd00::1", ["[2001:db8::1]:4711"], "2001:db8::1", "2001:db8::1"),
      // What is no address is nobody's word.
      ("10.0.0.1", ["unknown"], "10.0.0.1", "10.0.0.1"),
      ("10.0.0.1", ["1.1.1.1, nonsense, 10.0.0.2"], "10.0.0.2", "10.0.0.2"),
      ("10.0.0.1", [], "10.0.0.1", "10.0.0.1"),
      ("10.0.0.1", [" , ,"], "10.0.0.1", "10.0.0.1"),
      // Who is not trusted is the client, whatever they say.
      ("3.3.3.3", ["1.1.1.1"], "3.3.3.3", "3.3.3.3"),
    ] as [(String, [String], String, String)])
  func `the word of a trusted proxy is taken`(
    _ peer: String, _ values: [String], _ last: String, _ recursive: String
  ) throws {
    let peer = ClientAddress.ip(try #require(IPAddress(peer)))
    #expect(client(of: peer, values, isRecursive: false) == last)
    #expect(client(of: peer, values, isRecursive: true) == recursive)
  }

  @Test func `a peer on a Unix socket is trusted by its own word only`() {
    #expect(client(of: .unix, ["1.1.1.1"], isRecursive: false) == "1.1.1.1")
    #expect(TrustedAddresses().client(of: .unix, [Array("1.1.1.1".utf8)]) == .unix)
    #expect(!TrustedAddresses(Self.blocks).contains(.unknown))
  }
}
