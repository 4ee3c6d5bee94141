// SPDX-License-Identifier: Apache-2.0

import HostHTTP

/// A header that a request must have.
struct HeaderMatch: Sendable {
  /// Lower case.
  let name: [UInt8]
  /// Nil: any.
  let value: [UInt8]?

  init(name: [UInt8], value: [UInt8]?) {
    self.name = name
    self.value = value
  }

  /// `name: value`; nil, when it is not that.
  init?(_ text: String) {
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let name = text[..<colon].utf8.map(\.lowercased)
    let rest = text[text.utf8.index(after: colon)...].utf8.drop(while: \.isBlank)
    let value = Array(rest.reversed().drop(while: \.isBlank).reversed())
    guard !name.isEmpty, name.allSatisfy(\.isToken), value.allSatisfy(\.isFieldValue) else {
      return nil
    }
    self.init(name: name, value: value)
  }

  func holds(for head: RequestHead) -> Bool {
    name.withUnsafeBytes { name in
      head.fields.withFirst(name) { actual in value?.elementsEqual(actual) ?? true } ?? false
    }
  }
}
