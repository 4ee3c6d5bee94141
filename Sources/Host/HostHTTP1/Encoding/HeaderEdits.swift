// SPDX-License-Identifier: Apache-2.0

/// Changes of a head's fields, kept apart from the head: it is written once, with all of them.
///
/// Names and values are checked when they come in, so that no plugin can write a second header, or a second message,
/// into a value.
package struct HeaderEdits: Sendable {
  /// What a field gets.
  package enum Value {
    case bytes(UnsafeRawBufferPointer)
    /// The handle of a secret, whose value is filled in when the head is written for an upstream.
    case secret(String)
  }

  /// Why an edit is not taken.
  package enum Refusal: Error, Equatable, Sendable {
    /// The name is not a token.
    case badName
    /// The value has a control character.
    case badValue
    /// The field frames the body or belongs to one connection: only the host writes it.
    case reserved
  }

  private enum Kind { case set, add, remove }

  private struct Edit {
    var kind: Kind
    var name: Range<Int>
    var value: Range<Int>
    var secret: Int?
  }

  private var storage: [UInt8] = []
  private var edits: [Edit] = []
  private var secrets: [String] = []

  package init() {}

  package var isEmpty: Bool { edits.isEmpty }

  /// Replaces all fields of the name by one.
  package mutating func set(
    _ name: UnsafeRawBufferPointer, _ value: Value
  ) throws(Refusal) {
    try check(name, value)
    forget(name)
    append(.set, name, value)
  }

  /// Adds a field.
  package mutating func add(_ name: UnsafeRawBufferPointer, _ value: Value) throws(Refusal) {
    try check(name, value)
    append(.add, name, value)
  }

  /// Removes all fields of the name.
  package mutating func remove(_ name: UnsafeRawBufferPointer) throws(Refusal) {
    try check(name, .bytes(UnsafeRawBufferPointer(start: nil, count: 0)))
    forget(name)
    append(.remove, name, .bytes(UnsafeRawBufferPointer(start: nil, count: 0)))
  }

  /// Adds a field when neither the head nor an edit has one of the name.
  package mutating func setIfAbsent(
    _ name: UnsafeRawBufferPointer, _ value: Value, in fields: HeaderFields
  ) throws(Refusal) {
    try check(name, value)
    guard !contains(name, in: fields) else { return }
    append(.add, name, value)
  }

  /// As ``set(_:_:)`` for texts of the host's own.
  package mutating func set(_ name: StaticString, _ value: some Sequence<UInt8>) {
    let name = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    forget(name)
    Array(value).withUnsafeBytes { append(.set, name, .bytes($0)) }
  }

  /// Whether the edited head has a field of the name.
  package func contains(_ name: UnsafeRawBufferPointer, in fields: HeaderFields) -> Bool {
    var isMasked = false
    for edit in edits where matches(edit, name) {
      if edit.kind != .remove { return true }
      isMasked = true
    }
    return !isMasked && fields.withFirst(name) { _ in true } == true
  }

  /// Whether the head's own fields of the name are no longer meant.
  @inline(__always)
  package func masks(_ name: UnsafeRawBufferPointer) -> Bool {
    for edit in edits where edit.kind != .add && matches(edit, name) { return true }
    return false
  }

  /// As ``masks(_:)-(UnsafeRawBufferPointer)`` for a name of the host's own.
  package func masks(_ name: StaticString) -> Bool {
    masks(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
  }

  /// The fields that the edits add, in order.
  package func forEachAdded(_ body: (UnsafeRawBufferPointer, Value) -> Void) {
    guard !edits.isEmpty else { return }
    storage.withUnsafeBytes { bytes in
      for edit in edits where edit.kind != .remove {
        let name = UnsafeRawBufferPointer(rebasing: bytes[edit.name])
        if let secret = edit.secret {
          body(name, .secret(secrets[secret]))
        } else {
          body(name, .bytes(UnsafeRawBufferPointer(rebasing: bytes[edit.value])))
        }
      }
    }
  }

  /// The fields as they are with the edits; those that are never forwarded are left out.
  package func forEachField(
    of fields: HeaderFields, _ body: (UnsafeRawBufferPointer, Value) -> Void
  ) {
    fields.forEach { field, name, value in
      if field.isHopByHop && field.known != .contentLength { return }
      if !edits.isEmpty, masks(name) { return }
      body(name, .bytes(value))
    }
    forEachAdded(body)
  }

  /// Fields that are added, at most.
  package var count: Int { edits.count }

  /// Bytes that the added fields take at most; secrets are counted as 256.
  package var byteCount: Int { storage.count + edits.count * 4 + secrets.count * 256 }

  private func check(_ name: UnsafeRawBufferPointer, _ value: Value) throws(Refusal) {
    guard !name.isEmpty, name.count <= 1024, name.allSatisfy(\.isToken) else { throw .badName }
    if KnownHeader(name).isHopByHop { throw .reserved }
    if case .bytes(let bytes) = value, bytes.firstBadFieldByte(from: 0, to: bytes.count) != nil {
      throw .badValue
    }
  }

  private func matches(_ edit: Edit, _ name: UnsafeRawBufferPointer) -> Bool {
    guard edit.name.count == name.count else { return false }
    return storage.withUnsafeBytes {
      UnsafeRawBufferPointer(rebasing: $0[edit.name]).equalsIgnoringCase(name)
    }
  }

  private mutating func forget(_ name: UnsafeRawBufferPointer) {
    guard edits.contains(where: { matches($0, name) }) else { return }
    edits = edits.filter { !matches($0, name) }
  }

  private mutating func append(_ kind: Kind, _ name: UnsafeRawBufferPointer, _ value: Value) {
    let start = storage.count
    storage.append(contentsOf: name)
    let nameEnd = storage.count
    var secret: Int?
    switch value {
    case .bytes(let bytes): storage.append(contentsOf: bytes)
    case .secret(let handle):
      secret = secrets.count
      secrets.append(handle)
    }
    edits.append(
      Edit(kind: kind, name: start..<nameEnd, value: nameEnd..<storage.count, secret: secret))
  }
}
