// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostRouting

struct LiteralPrefixTests {
  @Test(arguments: [
    ("/users/(?<id>[0-9]+)", "/users/"), (#"/a\.b\/c\d"#, "/a.b/c"), ("/ab*", "/a"),
    ("/ab?c", "/a"),
    ("/ab{2}", "/a"), ("/ab+", "/a"), ("/a|/b", ""), ("/x/(?:a|b)/c", "/x/"), ("/x/(a|b)|/y", ""),
    ("/x/[|]", ""), (#"/x\|y"#, "/x|y"), ("(?i)/a", ""), ("/a(?i)b", "/a"), (#"/\Qa|b\E"#, ""),
    (#"/\Qab\E"#, ""), (#"/ab\E?"#, "/a"), ("/ab(?#c)*", "/a"), ("/x(?#|)y|/z", ""),
    ("(*COMMIT)/a|/b", ""), ("/a$", "/a"), ("", ""),
    ("/a.b", "/a"), (#"/a\"#, "/a"), ("/é", "/"), (#"/a\.?b"#, "/a"), (#"/a\c|b"#, ""),
  ])
  func `what every match begins with`(_ expression: String, _ prefix: String) {
    #expect(String(decoding: LiteralPrefix.of(expression), as: UTF8.self) == prefix)
  }

  private static let pieces = [
    "a", "b", "/", ".", #"\."#, "*", "?", "+", "{2}", "(", ")", "(?:", "|", "[ab]", "[|]", "[^a]",
    "$",
    #"\d"#, #"\|"#, "(?i)", "(?<n>", "(?=", "(?<=", "(?!", #"\Q"#, #"\E"#, "^", "A", "(?|", "(?x)",
    " ",
    "#", #"\"#, "~", "%", "(?#", "(*ACCEPT)", #"\K"#, #"\b"#, #"\c"#, "[", "]",
  ]

  @Test func `nothing is matched that does not begin with it`() {
    var random = Generator(state: 0x11_7E4A)
    var matches = 0
    for _ in 0..<30_000 {
      let expression =
        "/"
        + (0..<Int(random.next() % 8)).map { _ in Self.pieces.randomElement(using: &random) ?? "" }
        .joined()
      guard let pattern = try? RoutePattern(expression) else { continue }
      for _ in 0..<8 {
        let path =
          "/"
          + (0..<Int(random.next() % 6)).map { _ in
            ["a", "b", "A", "/", ".", "|", "1", "~", "%", " ", "#"].randomElement(using: &random)
              ?? ""
          }.joined()
        let bytes = Array(path.utf8)
        guard case .match = bytes.withUnsafeBytes({ pattern.match($0) }) else { continue }
        matches += 1
        #expect(bytes.starts(with: pattern.literalPrefix), "\(expression) matches \(path)")
      }
    }
    #expect(matches > 10_000)
  }
}
