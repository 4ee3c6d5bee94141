// SPDX-License-Identifier: Apache-2.0

extension ConfigurationValue {
  /// The line of what a JSON pointer (RFC 6901) leads to, or of the last value on the way that is there.
  package func line(at pointer: String) -> Int {
    var value = self
    for step in pointer.split(separator: "/") {
      let name = step.replacing("~1", with: "/").replacing("~0", with: "~")
      let next = value.elements.flatMap { elements in
        Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
      }
      guard let found = next ?? value[String(name)] else { break }
      value = found
    }
    return value.line
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
