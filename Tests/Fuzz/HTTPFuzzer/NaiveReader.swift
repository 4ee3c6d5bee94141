// SPDX-License-Identifier: Apache-2.0

/// Reads messages of HTTP/1.1 as one would on paper: all bytes are there, nothing is refused that could mean something.
/// What the host's decoders take must mean the same here, or two readers of the same bytes disagree.
struct NaiveReader {
  struct Message: Equatable {
    var start: [UInt8]
    var fields: [[UInt8]]
    var body: [UInt8]
    /// The end of it was there.
    var isWhole: Bool
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  /// The next message.
  ///
  /// - Parameter endsWithInput: of a response, when nothing says how long its body is.
  mutating func next(endsWithInput: Bool, hasBody: (_ start: [UInt8]) -> Bool) -> Message? {
    while !endsWithInput, rest.starts(with: [13, 10]) { rest = rest.dropFirst(2) }
    guard let start = line() else { return nil }
    var message = Message(start: start, fields: [], body: [], isWhole: false)
    while let line = line() {
      if line.isEmpty {
        message.isWhole = hasBody(start) ? readBody(&message, endsWithInput) : true
        return message
      }
      message.fields.append(Self.normal(line))
    }
    return nil
  }

  private mutating func readBody(_ message: inout Message, _ endsWithInput: Bool) -> Bool {
    func value(_ name: String) -> [UInt8]? {
      let begin = Array("\(name):".utf8)
      return message.fields.first { $0.starts(with: begin) }.map {
        Array($0.dropFirst(begin.count))
      }
    }
    if value("transfer-encoding") != nil { return readChunks(&message) }
    if let length = value("content-length") {
      guard let count = Int(String(decoding: length, as: UTF8.self)) else { return false }
      message.body = Array(rest.prefix(count))
      rest = rest.dropFirst(count)
      return message.body.count == count
    }
    if endsWithInput {
      message.body = Array(rest)
      rest = []
    }
    return true
  }

  private mutating func readChunks(_ message: inout Message) -> Bool {
    while true {
      let before = rest
      guard let line = line() else {
        rest = before
        return false
      }
      let digits = line.prefix { $0 != UInt8(ascii: ";") }
      guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) else { return false }
      guard size > 0 else { break }
      message.body += rest.prefix(size)
      // A size may be as large as a number can be.
      guard rest.count - 2 >= size else {
        rest = []
        return false
      }
      rest = rest.dropFirst(size + 2)
    }
    while let line = line() {
      if line.isEmpty { return true }
    }
    return false
  }

  /// Up to the next CRLF.
  private mutating func line() -> [UInt8]? {
    var index = rest.startIndex
    while index + 1 < rest.endIndex {
      if rest[index] == 13, rest[index + 1] == 10 {
        let line = Array(rest[rest.startIndex..<index])
        rest = rest[(index + 2)...]
        return line
      }
      index += 1
    }
    return nil
  }

  /// The name in lower case, the value without white space around it.
  static func normal(_ line: [UInt8]) -> [UInt8] {
    let name = line.prefix { $0 != UInt8(ascii: ":") }
    return name.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } + [UInt8(ascii: ":")]
      + trimmed(line.dropFirst(name.count + 1))
  }

  static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    let front = bytes.drop(while: isBlank)
    return Array(Array(front.reversed().drop(while: isBlank)).reversed())
  }
}
