// SPDX-License-Identifier: Apache-2.0

/// Changes to the members of an object, turned into the fewest splices.
///
/// All changes to one object go into one edit, because they share commas. Where a key occurs more
/// than once each occurrence is changed: no reader, whichever occurrence it believes, sees the old
/// value.
package struct JSONEdit: Equatable, Sendable {
  indirect enum Change: Equatable {
    case set(JSONText, onlyIfAbsent: Bool)
    case remove
    case members(JSONEdit)
    case elements(prepend: [JSONText], append: [JSONText])
  }

  struct Entry: Equatable {
    var key: String
    var change: Change
  }

  private(set) var entries: [Entry] = []

  /// No changes.
  package init() {}

  /// Whether there is nothing to do.
  package var isEmpty: Bool { entries.isEmpty }

  /// Gives the member at a path a value, whether it exists or not. Objects on the way are made
  /// where they are missing, and take the place of a value that is no object.
  package mutating func set(_ path: String..., to value: JSONText) {
    change(path[...], .set(value, onlyIfAbsent: false))
  }

  /// Gives the member at a path a value if it is missing or null.
  package mutating func setIfAbsent(_ path: String..., to value: JSONText) {
    change(path[...], .set(value, onlyIfAbsent: true))
  }

  /// Takes the member at a path out, with the comma that it no longer needs.
  package mutating func remove(_ path: String...) {
    change(path[...], .remove)
  }

  /// Puts elements in front of those of the array at a path, in the order given. A missing or null
  /// array is made; any other value there is an error.
  package mutating func prepend(_ values: [JSONText], to path: String...) {
    extend(path[...], prepend: values, append: [])
  }

  /// Puts elements behind those of the array at a path; otherwise as ``prepend(_:to:)``.
  package mutating func append(_ values: [JSONText], to path: String...) {
    extend(path[...], prepend: [], append: values)
  }

  /// The splices that change an object of a body.
  ///
  /// - Parameter known: The value of a member, where it has been found before.
  /// - Throws: `unexpectedByte`, `truncated` if the object is broken, `wrongType` if elements are
  ///   to be added to what is no array.
  package func splices(
    in bytes: RawSpan, object: JSONNode, known: JSONNode? = nil
  ) throws(JSONError) -> [Splice] {
    var splices: [Splice] = []
    try append(to: &splices, in: bytes, object: object, known)
    return splices
  }

  // MARK: Collecting changes

  private mutating func extend(_ path: ArraySlice<String>, prepend: [JSONText], append: [JSONText])
  {
    change(path, .elements(prepend: prepend, append: append))
  }

  private mutating func change(_ path: ArraySlice<String>, _ change: Change) {
    guard let key = path.first else { preconditionFailure("a path names at least one member") }
    let index = entries.firstIndex { $0.key == key }
    guard path.count > 1 else {
      if let index {
        entries[index].change = entries[index].change.followed(by: change)
      } else {
        entries.append(Entry(key: key, change: change))
      }
      return
    }
    var nested = JSONEdit()
    if let index, case .members(let existing) = entries[index].change { nested = existing }
    nested.change(path.dropFirst(), change)
    if let index {
      entries[index].change = .members(nested)
    } else {
      entries.append(Entry(key: key, change: .members(nested)))
    }
  }
}

extension JSONEdit.Change {
  /// The later change wins, except that elements add up.
  fileprivate func followed(by later: Self) -> Self {
    guard case .elements(let prepend, let append) = self,
      case .elements(let earlier, let behind) = later
    else { return later }
    return .elements(prepend: earlier + prepend, append: append + behind)
  }

  /// What a member that does not exist becomes, nil if it stays away.
  fileprivate var textOfNewMember: JSONText? {
    switch self {
    case .set(let value, _): value
    case .remove: nil
    case .members(let edit): edit.textOfNewObject
    case .elements(let prepend, let append): JSONText.array(prepend + append)
    }
  }
}

extension JSONEdit {
  // MARK: Making splices

  fileprivate var textOfNewObject: JSONText? {
    let members = entries.compactMap { entry in
      entry.change.textOfNewMember.map { (entry.key, $0) }
    }
    guard !members.isEmpty else { return nil }
    return JSONText { writer in
      writer.object { for (key, value) in members { $0.member(key, value) } }
    }
  }

  private func append(
    to splices: inout [Splice], in bytes: RawSpan, object: JSONNode, _ known: JSONNode?
  ) throws(JSONError) {
    guard object.kind == .object else { throw JSONError(.wrongType, at: object.start) }
    var isSeen = [Bool](repeating: false, count: entries.count)
    var endOfLastKept: Int?
    // Where a run of members that go begins, while the next that stays has not been reached.
    var startOfRemoved: Int?
    var endOfLast = object.start + 1
    var members = JSONMembers(of: object)
    while let key = try members.nextKey(in: bytes) {
      let value = try members.value(in: bytes, known: known)
      endOfLast = value.end
      let index = entries.firstIndex { key.isString(equalTo: $0.key, in: bytes) }
      if let index {
        isSeen[index] = true
        if case .remove = entries[index].change {
          startOfRemoved = startOfRemoved ?? key.start
          continue
        }
      }
      if let start = startOfRemoved {
        splices.append(Splice(offset: start, delete: key.start - start))
        startOfRemoved = nil
      }
      if let index {
        try entries[index].change.append(to: &splices, in: bytes, value: value)
      }
      endOfLastKept = value.end
    }
    try close(
      &splices, isSeen: isSeen, endOfLastKept: endOfLastKept, startOfRemoved: startOfRemoved,
      endOfLast: endOfLast)
  }

  /// Takes out the run of members at the end and puts new ones in their place.
  private func close(
    _ splices: inout [Splice], isSeen: [Bool], endOfLastKept: Int?, startOfRemoved: Int?,
    endOfLast: Int
  ) throws(JSONError) {
    var insert: [UInt8] = []
    for (index, entry) in entries.enumerated() where !isSeen[index] {
      guard let value = entry.change.textOfNewMember else { continue }
      if endOfLastKept != nil || !insert.isEmpty { insert.append(UInt8(ascii: ",")) }
      insert.append(contentsOf: JSONText.string(entry.key).bytes)
      insert.append(UInt8(ascii: ":"))
      insert.append(contentsOf: value.bytes)
    }
    // Behind a member that stays, its comma goes too; with none left, all from the first key on
    // goes.
    let offset = endOfLastKept ?? startOfRemoved ?? endOfLast
    let delete = startOfRemoved == nil ? 0 : endOfLast - offset
    guard delete > 0 || !insert.isEmpty else { return }
    splices.append(Splice(offset: offset, delete: delete, insert: insert))
  }
}

extension JSONEdit.Change {
  fileprivate func append(
    to splices: inout [Splice], in bytes: RawSpan, value: JSONNode
  ) throws(JSONError) {
    switch self {
    case .remove: break  // The caller knows the commas.
    case .set(let text, let onlyIfAbsent):
      if onlyIfAbsent, !value.isNull { return }
      replace(value, with: text, in: bytes, &splices)
    case .members(let edit):
      if value.kind == .object {
        splices += try edit.splices(in: bytes, object: value)
      } else if let text = edit.textOfNewObject {
        replace(value, with: text, in: bytes, &splices)
      }
    case .elements(let prepend, let append):
      switch value.kind {
      case .array:
        let isEmpty = value.isEmpty(in: bytes)
        let front = isEmpty ? prepend + append : prepend
        if !front.isEmpty {
          var text = JSONText.array(front).bytes.dropFirst().dropLast()
          if !isEmpty { text.append(UInt8(ascii: ",")) }
          splices.append(Splice(offset: value.start + 1, insert: Array(text)))
        }
        if !isEmpty, !append.isEmpty {
          let text = [UInt8(ascii: ",")] + JSONText.array(append).bytes.dropFirst().dropLast()
          splices.append(Splice(offset: value.end - 1, insert: text))
        }
      case .null:
        replace(value, with: .array(prepend + append), in: bytes, &splices)
      case .false, .true, .number, .string, .object:
        throw JSONError(.wrongType, at: value.start)
      }
    }
  }

  private func replace(
    _ value: JSONNode, with text: JSONText, in bytes: RawSpan, _ splices: inout [Splice]
  ) {
    let isSame =
      value.end - value.start == text.bytes.count
      && text.bytes.withUnsafeBufferPointer { bytes.equals($0, at: value.start) }
    if isSame { return }
    splices.append(
      Splice(offset: value.start, delete: value.end - value.start, insert: text.bytes))
  }
}

extension JSONText {
  /// An array of values.
  package static func array(_ values: [JSONText]) -> JSONText {
    JSONText { $0.array { for value in values { $0.text(value) } } }
  }
}
