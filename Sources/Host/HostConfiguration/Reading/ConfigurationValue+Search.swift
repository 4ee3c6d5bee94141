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

  /// A JSON pointer (RFC 6901) to the first string of the tree that is this text; nil: there is none.
  package func pointer(to text: String) -> String? {
    func below(_ name: String, _ value: ConfigurationValue) -> String? {
      let escaped = name.replacing("~", with: "~0").replacing("/", with: "~1")
      return value.pointer(to: text).map { "/\(escaped)\($0)" }
    }
    return switch content {
    case .string(let string): string == text ? "" : nil
    case .secret(_, let secret): secret.revealed == text ? "" : nil
    case .array(let elements):
      elements.enumerated().lazy.compactMap { below("\($0)", $1) }.first
    case .object(let members): members.lazy.compactMap { below($0.name, $0.value) }.first
    case .null, .bool, .number: nil
    }
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
