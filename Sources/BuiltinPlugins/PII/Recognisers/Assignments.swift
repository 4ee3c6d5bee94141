// SPDX-License-Identifier: Apache-2.0

/// `password=…`, `api_key: "…"`, `"client_secret": "…"`: a value behind a key that names a secret.
enum Assignments {
  private static let longestKey = 40
  private static let longestQuoted = 64

  /// What `key:` or `key =` in front of a chunk names; nil: nothing secret.
  @inline(__always)
  static func kind(ofValueAt start: Int, in text: borrowing TextReader) -> PIIType? {
    var index = start - 1
    while index > start - 4, text[index] == 0x20 { index -= 1 }
    let byte = text[index]
    guard byte == UInt8(ascii: ":") || byte == UInt8(ascii: "=") else { return nil }
    return kind(ofKeyBefore: index, in: text)
  }

  /// Keys and values without white space between them.
  static func find(
    in text: borrowing TextReader, _ chunk: Chunk, _ findings: inout Findings
  ) {
    guard findings.wants(.password) else { return }
    var index = chunk.start
    while index < chunk.end - 1 {
      let byte = text[index]
      if byte == UInt8(ascii: ":") || byte == UInt8(ascii: "="),
        let type = kind(ofKeyBefore: index, in: text)
      {
        add(type, valueAt: index + 1, in: text, &findings)
      }
      index += 1
    }
  }

  static func add(
    _ type: PIIType, valueAt start: Int, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    var begin = start
    var end: Int
    let quote = text[start]
    if quote == 0x22 || quote == 0x27 || quote == 0x60 {
      begin += 1
      end = text.end(from: begin, most: longestQuoted) { $0 != quote && $0 >= 0x20 }
      if text[end] != quote { end = endOfBare(from: begin, in: text) }
    } else {
      end = endOfBare(from: begin, in: text)
    }
    if isSecret(text, begin..<end, type) { findings.add(type, begin..<end) }
  }

  private static func endOfBare(from start: Int, in text: borrowing TextReader) -> Int {
    var end = text.end(from: start, most: Scanner.longestChunk) { byte in
      switch byte {
      case 0...0x20, 0x7F, 0x22, 0x27, 0x60, 0x2C, 0x3B, 0x3C, 0x3E, 0x26, 0x29, 0x5D, 0x7D, 0x7C:
        false
      default: byte < 0xE0
      }
    }
    while end > start, [0x2E, 0x21, 0x3F, 0x5C].contains(text[end - 1]) { end -= 1 }
    return end
  }

  /// Words that stand where a value could, and are none.
  private static let noValues: Set<String> = [
    "string", "str", "text", "varchar", "char", "required", "optional", "int", "integer", "bool",
    "boolean", "null", "none", "nil", "undefined", "true", "false", "password", "secret", "token",
    "bearer", "basic", "digest", "your", "the", "and", "is", "not", "redacted", "hidden", "any",
  ]

  private static func isSecret(
    _ text: borrowing TextReader, _ range: Range<Int>, _ type: PIIType
  ) -> Bool {
    guard range.count >= (type == .password ? 4 : 8) else { return false }
    let first = text[range.lowerBound]
    // A variable, a template, or what was made unreadable before.
    if first == 0x24 || first == 0x7B || first == 0x3C || first == 0x25 || first == 0x5B
      || first == 0x28
    {
      return false
    }
    var hasDigit = false
    var hasOther = false
    var isOneByte = true
    for index in range {
      let byte = text[index]
      hasDigit = hasDigit || byte.isDigit
      hasOther = hasOther || !byte.isLower
      isOneByte = isOneByte && byte == first
    }
    guard !isOneByte else { return false }
    if !hasOther || range.count < 10 {
      let word = String(decoding: text.copy(range), as: UTF8.self).lowercased()
      if noValues.contains(word) { return false }
    }
    return type == .password || hasDigit || range.count >= 16
  }

  /// What a key in front of `:` or `=` names; nil: nothing secret.
  private static func kind(ofKeyBefore separator: Int, in text: borrowing TextReader) -> PIIType? {
    var end = separator
    if text[end - 1] == 0x20 { end -= 1 }
    if [0x22, 0x27, 0x60, 0x5D].contains(text[end - 1]) { end -= 1 }
    if text[end - 1] == 0x5C { end -= 1 }
    if [0x22, 0x27].contains(text[end - 1]) { end -= 1 }
    // Most keys are none of these: their last letter tells.
    let last = text[end - 1].folded
    guard "dtnyswere1".utf8.contains(last) || last >= 0x80 else { return nil }
    var start = end
    while start > 0, end - start < longestKey, isKeyByte(text[start - 1]) { start -= 1 }
    for word in passwords where ends(start..<end, with: word, in: text) { return .password }
    for word in secrets where ends(start..<end, with: word, in: text) { return .apiKey }
    return nil
  }

  /// Whether a key ends with a word, whatever its hyphens and underscores are.
  private static func ends(
    _ key: Range<Int>, with word: StaticString, in text: borrowing TextReader
  ) -> Bool {
    word.withUTF8Buffer { word in
      var index = key.upperBound
      var left = word.count
      while left > 0, index > key.lowerBound {
        index -= 1
        let byte = text[index].folded
        if byte == 0x5F || byte == 0x2D { continue }
        left -= 1
        guard byte == word[left] else { return false }
      }
      return left == 0
    }
  }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    byte.isAlphanumeric || byte == 0x5F || byte == 0x2D || (byte >= 0x80 && byte < 0xE0)
      || byte & 0xC0 == 0x80
  }

  private static let passwords: [StaticString] = [
    "password", "passwd", "pwd", "passphrase", "passcode", "passwort", "kennwort", "contraseña",
    "senha", "motdepasse", "wachtwoord",
  ]

  private static let secrets: [StaticString] = [
    "secret", "apikey", "accesskey", "secretkey", "privatekey", "accountkey", "signingkey",
    "encryptionkey", "sharedaccesskey", "apitoken", "accesstoken", "authtoken", "refreshtoken",
    "bearertoken", "idtoken", "sessiontoken", "token", "credential", "credentials", "authorization",
  ]
}
