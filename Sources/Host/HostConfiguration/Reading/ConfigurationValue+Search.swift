// SPDX-License-Identifier: Apache-2.0

extension ConfigurationValue {
  /// The line of what a JSON pointer (RFC 6901) leads to, or of the last value on the way that is there.
  package func line(at pointer: String) -> Int {
    var value = self
    for name in Self.names(in: pointer) {
      guard let found = value.child(name) else { break }
      value = found
    }
    return value.line
  }

  /// The names that a JSON pointer (RFC 6901) consists of, unescaped.
  static func names(in pointer: String) -> [String] {
    pointer.split(separator: "/").map {
      String($0.replacing("~1", with: "/").replacing("~0", with: "~"))
    }
  }

  /// The member of that name, or the element of that number.
  func child(_ name: String) -> ConfigurationValue? {
    guard let elements else { return self[name] }
    return Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
  }

  /// Whether a string of the tree is this text.
  package func contains(text: String) -> Bool {
    switch content {
    case .string(let string): string == text
    case .secret(_, let secret): secret.revealed == text
    case .array(let elements): elements.contains { $0.contains(text: text) }
    case .object(let members): members.contains { $0.value.contains(text: text) }
    case .null, .bool, .number: false
    }
  }
}
