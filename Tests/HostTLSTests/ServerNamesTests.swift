// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostTLS

/// Kong's rule of choosing by the name that a client asks for.
struct ServerNamesTests {
  private static let names = [
    "a.example.com", "*.example.com", "a.example.*", "*", "*.com", "localhost", "Upper.Example",
  ]

  @Test(arguments: [
    ("a.example.com", "a.example.com"), ("b.example.com", "*.example.com"),
    ("a.example.org", "a.example.*"), ("upper.example", "Upper.Example"),
    ("localhost", "localhost"),
    // One label, and not of a name that has only two.
    ("x.b.example.com", "*"), ("example.com", "*"), ("a.example", "*"), ("other", "*"),
    ("", "*"), (".", "*"), ("a..", "*"), (nil, "*"),
  ])
  func `the name itself goes first, then its first label, then its last, then the rest`(
    _ asked: String?, _ expected: String
  ) {
    var names = ServerNames()
    for (index, name) in Self.names.enumerated() { names.add(name, index) }
    #expect(names.index(for: asked).map { Self.names[$0] } == expected)
  }

  @Test func `without a star for all there may be nobody`() {
    var names = ServerNames()
    names.add("a.example.com", 0)
    #expect(names.index(for: "b.example.com") == nil)
    names.add("*.example.com", 1)
    names.add("*.EXAMPLE.com", 2)
    #expect(names.index(for: "b.example.com") == 1)
    #expect(names.index(for: "b.example.org") == nil)
    #expect(names.index(for: nil) == nil)
  }

  @Test(
    arguments: [
      ([0, 14, 0, 0, 11] + Array("www.example".utf8), "www.example"),
      ([0, 15, 0, 0, 12] + Array("WWW.Example.".utf8), "www.example"),
      ([], nil), ([0], nil), ([0, 0], nil), ([0, 3, 0, 0, 0], nil),
      // Lengths that are not those of what is there.
      ([0, 14, 0, 0, 12] + Array("www.example".utf8), nil),
      ([0, 13, 0, 0, 11] + Array("www.example".utf8), nil),
      ([255, 255, 0, 255, 255] + Array("www.example".utf8), nil),
      // Of another kind, and no name.
      ([0, 14, 1, 0, 11] + Array("www.example".utf8), nil),
      ([0, 4, 0, 0, 1, 0], nil), ([0, 6, 0, 0, 3, 0x61, 0x20, 0x62], nil),
      ([0, 5, 0, 0, 2, 0xC3, 0xA9], nil),
    ] as [([UInt8], String?)])
  func `the extension is read as far as it is one`(_ bytes: [UInt8], _ name: String?) {
    #expect(bytes.withUnsafeBytes { ClientHelloName.read($0) } == name)
  }
}
