// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import Testing

/// What is looked at eight bytes at a time is what a byte at a time would find: every byte at every place.
struct WordTests {
  @Test func `a name is read to its first byte that is no part of a token`() throws {
    let token = bytes("Content-Length-And-More")
    for length in 1...token.count {
      for place in 0..<length {
        for byte in UInt8.min...UInt8.max {
          var name = Array(token[..<length])
          name[place] = byte
          let isName = name.withUnsafeBytes { name in
            var edits = HeaderEdits()
            do {
              try edits.add(name, .bytes(raw("x")))
            } catch {
              return error as? HeaderEdits.Refusal != .badName
            }
            return true
          }
          guard isName == byte.isToken else {
            Issue.record("byte \(byte) at \(place) of \(length)")
            return
          }
        }
      }
    }
  }

  @Test func `a known text is found whatever its case, and nothing else is it`() {
    let texts: [StaticString] = [
      "te", "host", "chunked", "upgrade", "http://", "keep-alive", "100-continue", "content-length",
      "transfer-encoding", "proxy-authorization",
    ]
    for text in texts {
      let lower = text.withUTF8Buffer { Array($0) }
      for place in lower.indices {
        for byte in UInt8.min...UInt8.max {
          var other = lower
          other[place] = byte
          let isSame = other.withUnsafeBytes { $0.equals(lowercase: text) }
          let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower[place])
          let expected = byte == lower[place] || (isLetter && byte == lower[place] - 0x20)
          guard isSame == expected else {
            Issue.record("byte \(byte) at \(place) of \(text)")
            return
          }
        }
      }
      #expect(!lower.dropLast().withUnsafeBytes { $0.equals(lowercase: text) })
      #expect(!(lower + lower).withUnsafeBytes { $0.equals(lowercase: text) })
    }
  }

  @Test func `a value is read to its first byte that it may not hold`() {
    for length in 1...20 {
      for place in 0..<length {
        for byte in UInt8.min...UInt8.max {
          var value = [UInt8](repeating: UInt8(ascii: "v"), count: length)
          value[place] = byte
          let isValue = value.withUnsafeBytes { value in
            var edits = HeaderEdits()
            do { try edits.add(raw("X"), .bytes(value)) } catch { return false }
            return true
          }
          guard isValue == byte.isFieldValue else {
            Issue.record("byte \(byte) at \(place) of \(length)")
            return
          }
        }
      }
    }
  }
}
