// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginSDK

/// JSON that is written in one go: objects whose members come in an order that is known, none of them twice.
struct LogText: Sendable {
  private(set) var bytes: [UInt8] = []

  init(capacity: Int) { bytes.reserveCapacity(capacity) }

  /// An object with the members that the closure writes.
  mutating func object(_ members: (inout LogText) -> Void) {
    bytes.append(UInt8(ascii: "{"))
    members(&self)
    bytes.append(UInt8(ascii: "}"))
  }

  /// An array with what the closure writes of each element.
  mutating func array<Element>(
    _ elements: [Element], _ write: (inout LogText, Element) -> Void
  ) {
    bytes.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      write(&self, element)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// A member's name; its value is to follow.
  mutating func name(_ name: StaticString) {
    if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
    bytes.append(UInt8(ascii: "\""))
    bytes += UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  mutating func member(_ name: StaticString, _ value: String) {
    self.name(name)
    string(value)
  }

  mutating func member(_ name: StaticString, _ value: Int) {
    self.name(name)
    number(value)
  }

  mutating func string(_ text: String) { JSONWriter.write(text, to: &bytes) }

  /// A string of several texts.
  mutating func string(joining texts: String...) {
    bytes.append(UInt8(ascii: "\""))
    for text in texts { JSONWriter.escape(text, to: &bytes) }
    bytes.append(UInt8(ascii: "\""))
  }

  mutating func number(_ number: Int) { JSONWriter.write(number, to: &bytes) }

  mutating func value(_ value: JSONValue) { JSONWriter.write(value, to: &bytes) }

  mutating func fields(_ fields: Headers, redacting redacted: [String] = []) {
    fields.writeJSON(to: &bytes, redacting: redacted)
  }

  /// What is JSON already.
  mutating func json(_ text: String) {
    var text = text
    text.withUTF8 { bytes += UnsafeRawBufferPointer($0) }
  }

  /// What should be JSON. False: it is not, and nothing is written.
  mutating func json(_ text: UnsafeRawBufferPointer) -> Bool {
    do throws(JSONError) {
      try JSONWriter.write(json: text, to: &bytes)
      return true
    } catch {
      return false
    }
  }

  /// Whether these bytes stand at a place of it.
  func says(_ other: UnsafeRawBufferPointer, at place: Range<Int>) -> Bool {
    guard place.count == other.count else { return false }
    guard let start = other.baseAddress else { return true }
    return bytes[place].withUnsafeBytes { memcmp($0.baseAddress ?? start, start, other.count) == 0 }
  }

  /// What stands in the text, as it is.
  mutating func raw(_ text: UnsafeRawBufferPointer) { bytes += text }
}
