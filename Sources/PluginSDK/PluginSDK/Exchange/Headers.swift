// SPDX-License-Identifier: Apache-2.0

/// The header fields of a request or response: a multimap with case-insensitive names.
///
/// It shows the fields that the phase's interest names, and records what is changed: only the
/// difference goes to the host. Reading a field that the interest does not name finds nothing; the
/// test harness fails such a call.
public struct Headers: Sendable {
  let shown: ReceivedFields
  private(set) var edits: [HeaderEdit] = []

  init(shown: ReceivedFields) { self.shown = shown }

  /// No fields.
  public init() { shown = .none }

  /// The first value of a field. Setting replaces all of the name; nil removes.
  public subscript(name: String) -> String? {
    get {
      guard edits.isEmpty else { return values(name).first }
      return shown.first(name).map { String(decoding: $0, as: UTF8.self) }
    }
    set {
      if let newValue { set(name, newValue) } else { remove(name) }
    }
  }

  /// All values of a field, in order. A secret that was set shows as `(secret)`.
  public func values(_ name: String) -> [String] {
    var values = shown.all(name).map { String(decoding: $0, as: UTF8.self) }
    for edit in edits where edit.name.equalsIgnoringCase(name) {
      switch edit.action {
      case .set: values = [edit.source.text]
      case .add: values.append(edit.source.text)
      case .setIfAbsent: if values.isEmpty { values = [edit.source.text] }
      case .remove: values = []
      }
    }
    return values
  }

  /// The first value's bytes, for values that are not UTF-8.
  public func bytes(_ name: String) -> [UInt8]? {
    guard edits.isEmpty else { return self[name].map { Array($0.utf8) } }
    return shown.first(name).map { Array($0) }
  }

  /// Whether there is a field of the name.
  public func contains(_ name: String) -> Bool {
    edits.isEmpty ? shown.first(name) != nil : !values(name).isEmpty
  }

  /// All fields that are shown, in order, as they are after the changes.
  public var all: [(name: String, value: String)] { effective.map { ($0.name, $0.source.text) } }

  /// Replaces all of the name by one field.
  public mutating func set(_ name: String, _ value: String) { edit(.set, name, .text(value)) }
  /// Replaces all of the name by one field.
  public mutating func set(_ name: String, _ value: [UInt8]) { edit(.set, name, .bytes(value)) }
  /// Replaces all of the name by one field with a secret's value. Requests only.
  public mutating func set(_ name: String, _ value: Secret) { edit(.set, name, .secret(value)) }
  /// Adds a field.
  public mutating func add(_ name: String, _ value: String) { edit(.add, name, .text(value)) }
  /// Adds a field with a secret's value. Requests only.
  public mutating func add(_ name: String, _ value: Secret) { edit(.add, name, .secret(value)) }
  /// Adds the field if there is none, of which the host knows even when it is not shown.
  public mutating func setIfAbsent(_ name: String, _ value: String) {
    edit(.setIfAbsent, name, .text(value))
  }
  /// Adds the field with a secret's value if there is none. Requests only.
  public mutating func setIfAbsent(_ name: String, _ value: Secret) {
    edit(.setIfAbsent, name, .secret(value))
  }
  /// Removes all fields of the name, shown or not.
  public mutating func remove(_ name: String) { edit(.remove, name, .bytes([])) }

  private mutating func edit(_ action: HeaderEdit.Action, _ name: String, _ source: FieldSource) {
    edits.append(HeaderEdit(action: action, name: name, source: source))
  }

  /// The fields with the changes applied.
  var effective: [(name: String, source: FieldSource)] {
    var fields = (0..<shown.count).map { index in
      (
        name: String(decoding: shown.name(index), as: UTF8.self),
        source: FieldSource.bytes(Array(shown.value(index)))
      )
    }
    for edit in edits {
      switch edit.action {
      case .set, .remove:
        fields.removeAll { $0.name.equalsIgnoringCase(edit.name) }
        if edit.action == .set { fields.append((edit.name, edit.source)) }
      case .add: fields.append((edit.name, edit.source))
      case .setIfAbsent:
        if !fields.contains(where: { $0.name.equalsIgnoringCase(edit.name) }) {
          fields.append((edit.name, edit.source))
        }
      }
    }
    return fields
  }
}

extension Headers: ExpressibleByDictionaryLiteral {
  /// Fields in order; a name may be there several times.
  public init(dictionaryLiteral elements: (String, String)...) {
    self.init()
    for (name, value) in elements { add(name, value) }
  }
}

extension Headers: Equatable {
  /// Whether both have the same fields in the same order; names without regard to case.
  public static func == (lhs: Headers, rhs: Headers) -> Bool {
    let (left, right) = (lhs.all, rhs.all)
    return left.count == right.count
      && zip(left, right).allSatisfy {
        $0.name.equalsIgnoringCase($1.name) && $0.value == $1.value
      }
  }
}

/// One recorded change.
struct HeaderEdit: Sendable {
  enum Action { case set, add, remove, setIfAbsent }

  let action: Action
  let name: String
  let source: FieldSource
}

/// Where the value of a field or parameter comes from.
enum FieldSource: Sendable {
  case text(String)
  case bytes([UInt8])
  case secret(Secret)

  package var text: String {
    switch self {
    case .text(let text): text
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .secret(let secret): secret.description
    }
  }
}

extension String {
  /// ASCII case-insensitive comparison: the rule for header names (RFC 9110, section 5.1).
  func equalsIgnoringCase(_ other: String) -> Bool {
    utf8.count == other.utf8.count
      && zip(utf8, other.utf8).allSatisfy { $0 == $1 || $0.lowercasedASCII == $1.lowercasedASCII }
  }
}

extension UInt8 {
  var lowercasedASCII: UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
  }
}
