// SPDX-License-Identifier: Apache-2.0

/// What every text that a regular expression matches must begin with, as far as that can be seen: the index of routes
/// keeps expressions there, so that most of them need not be run.
///
/// It may be shorter than the truth, never longer. So whatever is rare or unclear ends it.
enum LiteralPrefix {
  static func of(_ expression: String) -> [UInt8] {
    let bytes = Array(expression.utf8)
    guard !mayChooseAtTop(bytes) else { return [] }
    var prefix: [UInt8] = []
    var index = 0
    while index < bytes.count {
      var byte = bytes[index]
      var next = index + 1
      if byte == UInt8(ascii: "\\"), next < bytes.count, isPunctuation(bytes[next]) {
        byte = bytes[next]
        next += 1
      } else if !isLiteral(byte) {
        // A quantifier behind what stands for nothing is one of the byte before it.
        if isNothing(bytes[index...]) { _ = prefix.popLast() }
        break
      }
      // A quantifier makes of the last byte what may be absent, or there more than once.
      if next < bytes.count, "*?{+".utf8.contains(bytes[next]) { break }
      prefix.append(byte)
      index = next
    }
    return prefix
  }

  /// Whether a comment or a mark of quoting is next.
  private static func isNothing(_ rest: ArraySlice<UInt8>) -> Bool {
    ["(?#", #"\Q"#, #"\E"#].contains { rest.starts(with: $0.utf8) }
  }

  /// Whether a `|` may stand outside of all groups, so that there is no one beginning.
  private static func mayChooseAtTop(_ bytes: [UInt8]) -> Bool {
    guard bytes.contains(UInt8(ascii: "|")) else { return false }
    var depth = 0
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\\"):
        // Quoted text and control characters have rules of their own.
        guard index + 1 < bytes.count, !"QEc".utf8.contains(bytes[index + 1]) else { return true }
        index += 1
      case UInt8(ascii: "("):
        // Comments, flags and verbs may change what follows.
        let isPlain =
          index + 1 < bytes.count && bytes[index + 1] != UInt8(ascii: "*")
          && (bytes[index + 1] != UInt8(ascii: "?")
            || index + 2 < bytes.count && ":<P".utf8.contains(bytes[index + 2]))
        guard isPlain else { return true }
        depth += 1
      case UInt8(ascii: ")"): depth -= 1
      // What is in brackets is not followed: it may hold any of these.
      case UInt8(ascii: "["): return true
      case UInt8(ascii: "|") where depth == 0: return true
      default: break
      }
      index += 1
    }
    return false
  }

  private static func isLiteral(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"),
      UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"), UInt8(ascii: ":"),
      UInt8(ascii: "@"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="):
      true
    default: false
    }
  }

  /// Behind a backslash these stand for themselves.
  private static func isPunctuation(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }
}
