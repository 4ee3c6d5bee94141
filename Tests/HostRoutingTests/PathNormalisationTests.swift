// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostRouting

struct PathNormalisationTests {
  private func normal(_ path: String) -> String {
    String(
      decoding: Array(path.utf8).withUnsafeBytes { PathNormalisation.normalise($0) },
      as: UTF8.self)
  }

  @Test(arguments: [
    ("/", "/"), ("/a", "/a"), ("/a/", "/a/"), ("/a/b/c", "/a/b/c"),
    ("/a/./b", "/a/b"), ("/a/../b", "/b"), ("/a/b/..", "/a/"), ("/a/b/.", "/a/b/"),
    ("/..", "/"), ("/../../..", "/"), ("/../a", "/a"), ("/./.", "/"),
    ("//a///b//", "/a/b/"), ("/a//../b", "/b"),
    ("/...", "/..."), ("/.a/..b/c.", "/.a/..b/c."), ("/.well-known/x", "/.well-known/x"),
    ("/%61%2D%5f%7E", "/a-_~"), ("/%2e%2E/a", "/a"), ("/a/%2e/b", "/a/b"), ("/a/.%2e/b", "/b"),
    ("/a%2fb", "/a%2Fb"), ("/a/%2f../b", "/a/%2F../b"), ("/a%2f..%2fb", "/a%2F..%2Fb"),
    ("/%20%c3%a9", "/%20%C3%A9"), ("/%00", "/%00"), ("/a%5c..%5cb", "/a%5C..%5Cb"),
    ("/%252e%252e/a", "/%252e%252e/a"), ("/%", "/%25"), ("/%4", "/%254"), ("/%zz", "/%25zz"),
    ("/%%32e%%32e/a", "/%252e%252e/a"), ("/%3f%23", "/%3F%23"), ("/a;b=1,2", "/a;b=1,2"),
    ("/a b\u{0}c\\d", "/a%20b%00c%5Cd"), ("/é", "/%C3%A9"), ("/[a]{b}", "/[a]%7Bb%7D"),
  ])
  func `normal forms`(_ path: String, _ expected: String) {
    #expect(normal(path) == expected)
  }

  /// Pieces that mean something to one decoder or another.
  private static let pieces = [
    "/", "//", ".", "..", "%2e", "%2E", "%2f", "%", "%%", "%25", "32e", "2e", "a", "B", "\\",
    "%5c", "%00", "\u{0}", "%c3%a9", "~", "%7e", ";", " ", "%20", "%41", "4", "é",
  ]

  @Test func `a normal form stays what it is, and leads nowhere else`() {
    var random = Generator(state: 0x5EED)
    for _ in 0..<20_000 {
      let count = Int(random.next() % 12)
      let path =
        "/" + (0..<count).map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined()
      let once = normal(path)
      #expect(normal(once) == once, "\(path)")
      #expect(once.hasPrefix("/"), "\(path)")
      let segments = once.split(separator: "/", omittingEmptySubsequences: false)
      #expect(!segments.contains("..") && !segments.contains("."), "\(path)")
      #expect(!segments.dropFirst().dropLast().contains(""), "\(path)")
      #expect(
        once.utf8.count { $0 == UInt8(ascii: "/") } <= path.utf8.count { $0 == UInt8(ascii: "/") }
          + 1, "an encoded slash became one: \(path)")
      #expect(!once.utf8.contains { $0 <= 0x20 || $0 >= 0x7F }, "\(path)")
      let isNormal = Array(path.utf8).withUnsafeBytes { PathNormalisation.isNormal($0) }
      if isNormal { #expect(once == path, "taken for normal: \(path)") }
    }
  }

  @Test func `what is decoded once more by an upstream has the same segments`() {
    var random = Generator(state: 0xD0_7D07)
    for _ in 0..<20_000 {
      let count = Int(random.next() % 10)
      let path =
        "/" + (0..<count).map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined()
      let once = normal(path)
      #expect(Self.decodedDots(once) == 0, "\(path) → \(once)")
    }
  }

  /// Segments of dots that a decoder of unreserved characters would find.
  private static func decodedDots(_ path: String) -> Int {
    path.replacing("%2e", with: ".").replacing("%2E", with: ".").split(separator: "/")
      .count { $0 == "." || $0 == ".." }
  }
}
