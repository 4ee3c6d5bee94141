// SPDX-License-Identifier: Apache-2.0

/// The query of a request: names and values without percent encoding. Changes are recorded, and only they
/// are sent.
public struct Query: Sendable {
  private let path: String
  private(set) var edits: [QueryEdit] = []

  init(path: String) { self.path = path }

  /// The parameters of a body of the type `application/x-www-form-urlencoded`.
  public init(form: String) { self.init(path: "?" + form) }

  /// The first value of a parameter. Setting replaces all of the name; nil removes.
  public subscript(name: String) -> String? {
    get {
      if let edit = edits.last(where: { $0.name == name && !$0.ifAbsent }) {
        return edit.source?.text
      }
      let shown = original.first { $0.name == name }?.value
      return shown ?? edits.last { $0.name == name }?.source?.text
    }
    set { edits.append(QueryEdit(name: name, source: newValue.map { .text($0) })) }
  }

  /// The parameters that the client sent, in order.
  public var original: [(name: String, value: String)] {
    guard let mark = path.utf8.firstIndex(of: UInt8(ascii: "?")) else { return [] }
    return path[path.utf8.index(after: mark)...].split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (Self.decode(parts[0]), parts.count > 1 ? Self.decode(parts[1]) : "")
    }
  }

  /// Replaces all of the name by one parameter.
  public mutating func set(_ name: String, _ value: String) { self[name] = value }
  /// Replaces all of the name by one parameter with a secret's value.
  public mutating func set(_ name: String, _ value: Secret) {
    edits.append(QueryEdit(name: name, source: .secret(value)))
  }
  /// Adds the parameter if there is none.
  public mutating func setIfAbsent(_ name: String, _ value: String) {
    edits.append(QueryEdit(name: name, source: .text(value), ifAbsent: true))
  }
  /// Adds the parameter with a secret's value if there is none.
  public mutating func setIfAbsent(_ name: String, _ value: Secret) {
    edits.append(QueryEdit(name: name, source: .secret(value), ifAbsent: true))
  }
  /// Removes all parameters of the name.
  public mutating func remove(_ name: String) { self[name] = nil }

  private static func decode(_ text: Substring) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
      return String(text)
    }
    return String(decoding: PercentEncoding.decoded(text.utf8), as: UTF8.self)
  }
}

/// One recorded change; without a source it removes.
struct QueryEdit: Sendable {
  let name: String
  let source: FieldSource?
  var ifAbsent = false
}
