// SPDX-License-Identifier: Apache-2.0

import Seeded
import Testing

@testable import HostClients

struct ProxyHeaderTests {
  /// A header of version 2.
  static func binary(
    _ command: UInt8 = 0x21, _ family: UInt8, _ addresses: [UInt8], extra: [UInt8] = []
  ) -> [UInt8] {
    let length = addresses.count + extra.count
    return Array("\r\n\r\n\0\r\nQUIT\n".utf8)
      + [command, family, UInt8(length >> 8), UInt8(length & 255)] + addresses + extra
  }

  static let ipv4: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 0x12, 0x34, 0x01, 0xBB]
  static let ipv6: [UInt8] =
    [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [1]
    + [0xFD] + Array(repeating: 0, count: 14) + [2] + [0xFF, 0xFF, 0, 80]

  static let accepted: [(bytes: [UInt8], source: String?, port: UInt16?)] = [
    (Array("PROXY TCP4 1.2.3.4 5.6.7.8 56324 443\r\n".utf8), "1.2.3.4", 56324),
    (Array("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n".utf8), "2001:db8::1", 0),
    (Array("PROXY UNKNOWN\r\n".utf8), nil, nil),
    (Array("PROXY UNKNOWN ffff::1 whatever 1 2 3\r\n".utf8), nil, nil),
    (binary(0x11, ipv4), "1.2.3.4", 0x1234),
    (binary(0x12, ipv4), "1.2.3.4", 0x1234),
    (binary(0x21, ipv6), "2001:db8::1", 0xFFFF),
    (binary(0x21, ipv6, extra: [4, 0, 1, 0]), "2001:db8::1", 0xFFFF),
    (binary(0x31, Array(repeating: 0, count: 216)), "unix:", nil),
    (binary(0x20, 0, []), nil, nil), (binary(0x20, 0x11, ipv4), nil, nil),
    (binary(0x21, 0, [9, 9, 9]), nil, nil),
  ]

  static let refused: [(bytes: [UInt8], refusal: ProxyRefusal)] = [
    (Array("GET / HTTP/1.1\r\n".utf8), .missing), (Array("PROXX".utf8), .missing),
    ([0x16, 3, 1], .missing), (Array("\r\n\r\nGET".utf8), .missing),
    (Array("PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n".utf8), .malformed),
    (Array("PROXY TCP4 1.2.3.4  5.6.7.8 1 2\r\n".utf8), .malformed),
    (Array("PROXY TCP4 ::1 ::1 1 2\r\n".utf8), .malformed),
    (Array("PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n".utf8), .malformed),
    (Array("PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n".utf8), .malformed),
    (Array("PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n".utf8), .malformed),
    (Array("PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n".utf8), .malformed),
    (Array("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n".utf8), .malformed),
    (Array("PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n".utf8), .malformed),
    (Array("PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n".utf8), .malformed),
    (Array("PROXY TCP4 1.2.3.4\0 5.6.7.8 1 2\r\n".utf8), .malformed),
    (Array("PROXY UNKNOWN ".utf8) + Array(repeating: 0x61, count: 200), .tooLong),
    (binary(0x11, ipv4, extra: Array(repeating: 0, count: 4096)), .tooLong),
    (binary(0x11, Array(ipv4.dropLast())), .malformed),
    (binary(0x21, ipv4), .malformed), (binary(0x31, ipv4), .malformed),
    (binary(0x41, ipv6), .malformed), (binary(0x13, ipv4), .malformed),
    (binary(0x11, 0x11, ipv4), .unsupportedVersion), (binary(0x22, 0x11, ipv4), .malformed),
  ]

  private static func binary(
    _ family: UInt8, _ addresses: [UInt8], extra: [UInt8] = []
  ) -> [UInt8] {
    binary(0x21, family, addresses, extra: extra)
  }

  @Test(arguments: accepted)
  func `a header is read, and not a byte behind it`(
    _ bytes: [UInt8], _ source: String?, _ port: UInt16?
  ) throws {
    for behind in [[], Array("GET".utf8)] {
      let (header, length) = try #require(try ProxyHeader.parse(bytes + behind))
      #expect(length == bytes.count)
      #expect(header.source?.description == source)
      #expect(header.sourcePort == port)
    }
  }

  @Test(arguments: accepted.map(\.bytes))
  func `no part of a header is one`(_ bytes: [UInt8]) throws {
    for count in 0..<bytes.count {
      let part = try ProxyHeader.parse(bytes.prefix(count))
      #expect(part == nil)
    }
  }

  @Test(arguments: refused)
  func `what is none is refused, and as early as it shows`(
    _ bytes: [UInt8], _ refusal: ProxyRefusal
  ) {
    #expect(throws: refusal) { try ProxyHeader.parse(bytes) }
    // Never taken for a header before.
    for count in 0..<bytes.count {
      let part = try? ProxyHeader.parse(bytes.prefix(count))
      #expect(part == nil)
    }
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func `bytes that were changed are read, refused or waited for`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    for _ in 0..<500 {
      var bytes = Self.accepted[Int(random.next() % UInt64(Self.accepted.count))].bytes
      for _ in 0...Int(random.next() % 3) {
        bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      bytes += Array(repeating: 0x0A, count: Int(random.next() % 300))
      let whole = Result { try ProxyHeader.parse(bytes) }
      if case .success(let (_, length)?) = whole {
        #expect(length <= bytes.count)
        // Its own bytes say the same.
        let alone = try? ProxyHeader.parse(bytes.prefix(length))
        #expect(alone?.length == length)
      }
    }
  }
}
