// SPDX-License-Identifier: Apache-2.0

/// Blocks between `-----BEGIN … PRIVATE KEY-----` and `-----END … PRIVATE KEY-----`, OpenSSH's and PGP's too.
enum PrivateKeys {
  static func find(
    in text: borrowing TextReader, _ chunk: Chunk, _ findings: inout Findings
  ) {
    let start = chunk.start
    guard findings.wants(.privateKey), start >= findings.endOfPrivateKey,
      text.has("-----BEGIN ", at: start)
    else { return }
    // Only capitals and spaces name a kind of key.
    let label = text.end(from: start + 11, most: 40) { $0.isUpper || $0 == 0x20 }
    guard text.has("PRIVATE KEY", at: label - 11) || text.has("PRIVATE KEY BLOCK", at: label - 17),
      text.has("-----", at: label)
    else { return }
    let limit = start + Scanner.longestBlock
    var index = label + 5
    while index < limit {
      guard index < text.count else {
        // Whatever is left is a part of it.
        _ = text[index]
        findings.add(.privateKey, start..<text.count)
        return
      }
      if text[index] == UInt8(ascii: "-"), text.has("-----END ", at: index) {
        let end = text.end(from: index + 9, most: 45) { $0.isUpper || $0 == 0x20 }
        findings.add(.privateKey, start..<text.end(from: end, most: 5) { $0 == 0x2D })
        return
      }
      index += 1
    }
    findings.add(.privateKey, start..<limit)
  }
}
