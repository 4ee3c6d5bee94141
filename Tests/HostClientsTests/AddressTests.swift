// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostClients

struct AddressTests {
  @Test(
    arguments: [
      ("127.0.0.1", "127.0.0.1"), ("255.255.255.255", "255.255.255.255"), ("::1", "::1"),
      ("2001:DB8:0:0::1", "2001:db8::1"), ("::ffff:10.1.2.3", "10.1.2.3"), ("::", "::"),
      ("127.1", nil), ("1.2.3.4.5", nil), ("256.0.0.1", nil), ("01.2.3.4", nil), ("", nil),
      ("fe80::1%eth0", nil), ("[::1]", nil), ("localhost", nil), (" 1.2.3.4", nil),
    ] as [(String, String?)])
  func `an address has one form`(_ text: String, _ form: String?) {
    #expect(IPAddress(text)?.description == form)
  }

  @Test(
    arguments: [
      ("1.2.3.4", "1.2.3.4"), ("1.2.3.4:80", "1.2.3.4"), ("[::1]", "::1"), ("[::1]:443", "::1"),
      ("::1", "::1"), ("1.2.3.4:", nil), ("1.2.3.4:70000", nil), ("1.2.3.4:-1", nil),
      ("1.2.3.4:+1", nil), ("[1.2.3.4]", nil), ("[::1", nil), ("[::1]x", nil), ("unknown", nil),
      ("1.2.3.4 ", nil), ("", nil),
    ] as [(String, String?)])
  func `a proxy may name an address with a port`(_ element: String, _ address: String?) {
    #expect(IPAddress(element: Array(element.utf8))?.description == address)
  }

  @Test(
    arguments: [
      ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false),
      ("10.9.9.9/8", "10.1.1.1", true), ("10.0.0.1", "10.0.0.1", true),
      ("10.0.0.1", "10.0.0.2", false), ("0.0.0.0/0", "8.8.8.8", true),
      ("0.0.0.0/0", "::1", false), ("::/0", "::1", true), ("::/0", "8.8.8.8", false),
      ("::ffff:0:0/96", "8.8.8.8", true), ("2001:db8::/33", "2001:db8:7fff::1", true),
      ("2001:db8::/33", "2001:db8:8000::1", false), ("fe80::/10", "febf::1", true),
      ("192.168.1.128/25", "192.168.1.200", true), ("192.168.1.128/25", "192.168.1.100", false),
      ("1.2.3.4/32", "1.2.3.4", true), ("1.2.3.4/31", "1.2.3.5", true),
      ("::1/128", "::1", true), ("::1/128", "::2", false), ("unix:", "1.2.3.4", false),
    ])
  func `a block has its addresses`(_ block: String, _ address: String, _ isIn: Bool) throws {
    let block = try #require(AddressBlock(block))
    let address = try #require(IPAddress(address))
    #expect(block.contains(address) == isIn)
  }

  @Test(arguments: [
    "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0/8",
    "", "all", "unix", "unix:/tmp/x", "localhost",
  ])
  func `what is no block is refused`(_ text: String) {
    #expect(AddressBlock(text) == nil)
  }

  @Test func `every prefix of an address is a block that has it`() throws {
    for text in ["203.0.113.77", "2001:db8:1234:5678:9abc:def0:1357:2468"] {
      let address = try #require(IPAddress(text))
      for prefix in 0...(address.isIPv4 ? 32 : 128) {
        let block = try #require(AddressBlock("\(text)/\(prefix)"))
        #expect(block.contains(address), "\(text)/\(prefix)")
        guard prefix > 0 else { continue }
        // With its last bit changed it is another's.
        let bit = (address.isIPv4 ? 96 : 0) + prefix - 1
        let other = IPAddress(
          high: address.high ^ (bit < 64 ? 1 << UInt64(63 - bit) : 0),
          low: address.low ^ (bit < 64 ? 0 : 1 << UInt64(127 - bit)))
        #expect(!block.contains(other), "\(text)/\(prefix)")
      }
    }
  }
}
