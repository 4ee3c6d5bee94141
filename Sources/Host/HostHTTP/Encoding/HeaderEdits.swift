// SPDX-License-Identifier: Apache-2.0

/// Changes of a head's fields, kept apart from the head: it is written once, with all of them.
///
/// Names and values are checked when they come in, so that no plugin can write a second header, or a second message, into
/// a value.
package struct HeaderEdits: Sendable {
  /// What a field gets.
  package enum Value {
    case bytes(UnsafeRawBufferPointer)
    /// The handle of a secret, whose value is filled in when the head is written for an upstream.
    case secret(String)
  }

  /// Why an edit, or what else would change a head, is not taken.
  package enum Refusal: String, Error, CaseIterable, Sendable {
    /// The name is not a token, or longer than 1024 bytes.
    case badName = "bad-header-name"
    /// The value has a CR, LF, NUL or other control character; or it is Host's, and no host and port.
    case badValue = "bad-header-value"
    /// The field frames the body or belongs to one connection, so that only the host writes it; or it is Host, and would
    /// be removed.
    case reserved = "reserved-header"
    /// The method is not a token, longer than 32 bytes, or CONNECT.
    case badMethod = "bad-method"
    /// The target is neither a path with visible ASCII only nor `*`.
    case badTarget = "bad-target"
    /// The status is not between 100 and 599, or 101.
    case badStatus = "bad-status"
  }

  enum Kind { case set, add, remove }

  private struct Edit {
    var kind: Kind
    var name: Range<Int>
    var value: Range<Int>
    /// An index into `secrets`.
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
    try Self.check(name, value)
    forget(name)
    append(.set, name, value)
  }

  /// Adds a field. Of Host there is one, so that it is set.
  package mutating func add(_ name: UnsafeRawBufferPointer, _ value: Value) throws(Refusal) {
    guard KnownHeader(name) != .host else { return try set(name, value) }
    try Self.check(name, value)
    append(.add, name, value)
  }

  /// Removes all fields of the name.
  package mutating func remove(_ name: UnsafeRawBufferPointer) throws(Refusal) {
    let nothing = Value.bytes(UnsafeRawBufferPointer(start: nil, count: 0))
    guard KnownHeader(name) != .host else { throw .reserved }
    try Self.check(name, nothing)
    forget(name)
    append(.remove, name, nothing)
  }

  /// Adds a field when neither the head nor an edit has one of the name.
  package mutating func setIfAbsent(
    _ name: UnsafeRawBufferPointer, _ value: Value, in fields: HeaderFields
  ) throws(Refusal) {
    try Self.check(name, value)
    guard !contains(name, in: fields) else { return }
    append(.add, name, value)
  }

  /// As ``set(_:_:)`` for names of the host's own, whatever the value: bytes that no value may have become spaces
  /// (RFC 9110, 5.5), so that there is nothing to fail.
  package mutating func set(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
    guard Self.isValue(value) else {
      let repaired = value.map { $0.isFieldValue ? $0 : .space }
      return repaired.withUnsafeBytes { set(name, $0) }
    }
    let name = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    assert(Self.isName(name), "the host's own names are tokens")
    assert(!KnownHeader(name).isHopByHop, "framing fields are the writer's")
    forget(name)
    append(.set, name, .bytes(value))
  }

  package mutating func set(_ name: StaticString, _ value: String) {
    var value = value
    value.withUTF8 { set(name, UnsafeRawBufferPointer($0)) }
  }

  package mutating func set(_ name: StaticString, _ value: [UInt8]) {
    value.withUnsafeBytes { set(name, $0) }
  }

  /// As ``remove(_:)`` for names of the host's own, of which Host is none.
  package mutating func remove(_ name: StaticString) {
    let name = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    assert(Self.isName(name), "the host's own names are tokens")
    assert(!KnownHeader(name).isHopByHop && KnownHeader(name) != .host, "the writer's")
    forget(name)
    append(.remove, name, .bytes(UnsafeRawBufferPointer(start: nil, count: 0)))
  }

  /// Whether the edited head has a field of the name.
  package func contains(_ name: UnsafeRawBufferPointer, in fields: HeaderFields) -> Bool {
    var isMasked = false
    for edit in edits where matches(edit, name) {
      if edit.kind != .remove { return true }
      isMasked = true
    }
    guard !isMasked else { return false }
    var isThere = false
    fields.forEach { field, candidate, _ in
      // A Host that is not meant is there nevertheless: the target names another.
      guard !field.isHopByHop || field.known == .host else { return }
      if candidate.equalsIgnoringCase(name) { isThere = true }
    }
    return isThere
  }

  /// Whether the head's own fields of the name are no longer meant.
  package func masks(_ name: UnsafeRawBufferPointer) -> Bool {
    for edit in edits where edit.kind != .add && matches(edit, name) { return true }
    return false
  }

  /// Whether the head's own fields of a known name are no longer meant.
  package func masks(_ known: KnownHeader) -> Bool {
    masks(UnsafeRawBufferPointer(start: known.name.utf8Start, count: known.name.utf8CodeUnitCount))
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

  /// Calls with the first value of a known header as it is with the edits; nil when there is none, or it is a secret.
  package func withFirst<Result>(
    _ known: KnownHeader, in fields: HeaderFields, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    if !masks(known), let result = fields.withFirst(known, body) { return result }
    var result: Result?
    forEachAdded { name, value in
      guard result == nil, case .bytes(let bytes) = value, name.equals(lowercase: known.name)
      else { return }
      result = body(bytes)
    }
    return result
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

  /// Bytes that the added fields take at most, without the values of secrets.
  package var byteCount: Int { storage.count + edits.count * 4 }

  /// Whether an edit's value is a secret.
  var hasSecrets: Bool { !secrets.isEmpty }

  static func isName(_ name: UnsafeRawBufferPointer) -> Bool {
    !name.isEmpty && name.count <= 1024 && name.bytes.endOfToken(from: 0) == name.count
  }

  static func isValue(_ value: UnsafeRawBufferPointer) -> Bool {
    value.bytes.endOfFieldValue(from: 0) == value.count
  }

  private static func check(
    _ name: UnsafeRawBufferPointer, _ value: Value
  ) throws(Refusal) {
    guard isName(name) else { throw .badName }
    guard !KnownHeader(name).isHopByHop else { throw .reserved }
    if case .bytes(let bytes) = value, !isValue(bytes) { throw .badValue }
    guard KnownHeader(name) == .host else { return }
    // One that an upstream refuses or that leads elsewhere; nor is a secret ever a host, for where none has its value
    // there would be no Host.
    guard case .bytes(let bytes) = value, Authority.isValid(bytes.trimmed.bytes) else {
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

  /// Room for what most exchanges edit, so that it is two allocations.
  private mutating func reserve() {
    guard edits.isEmpty else { return }
    storage.reserveCapacity(384)
    edits.reserveCapacity(8)
  }

  mutating func append(_ kind: Kind, _ name: UnsafeRawBufferPointer, _ value: Value) {
    reserve()
    let start = storage.count
    storage.append(contentsOf: name)
    let nameEnd = storage.count
    var secret: Int?
    switch value {
    // White space at the ends is no part of a value (RFC 9110, 5.5).
    case .bytes(let bytes): storage.append(contentsOf: bytes.trimmed)
    case .secret(let handle):
      secret = secrets.count
      secrets.append(handle)
    }
    edits.append(
      Edit(kind: kind, name: start..<nameEnd, value: nameEnd..<storage.count, secret: secret))
  }
}
