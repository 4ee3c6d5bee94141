// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// The object of a log entry under construction. Its members come as JSON text and leave as it; one is only taken apart when
/// somebody puts a field into it.
struct LogTree: Sendable {
  /// A member of an object; those of one object follow each other.
  private struct Member {
    /// Where its name is in the text.
    var name = 0..<0
    /// Where its value is in the text, unless it is an object of members.
    var value = 0..<0
    var isObject = false
    /// The first and the last member of this object, and the next one of the object that this belongs to. 0: none.
    var first = 0
    var last = 0
    var next = 0
  }

  /// The names and values in the order in which they came.
  private var text = LogText(capacity: 4096)
  /// The object itself, and everything in it.
  private var members = [Member(isObject: true)]
  /// Where the path of the field that was set last is in the text, up to its last dot, and the object that it leads to: most
  /// fields stand beside the one before.
  private var lastPath = 0..<0
  private var lastObject = 0

  init() { members.reserveCapacity(64) }

  /// Adds a member to the object, which has none of that name, with the value that the closure writes.
  mutating func add(_ name: StaticString, _ write: (inout LogText) -> Void) {
    let place = append(
      UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), to: 0)
    let start = text.bytes.count
    write(&text)
    members[place].value = start..<text.bytes.count
  }

  /// Puts a value at a dotted path, making the objects on the way. What stands there, or stands in the way and is no object, is
  /// replaced. What is no JSON is left out.
  mutating func set(_ path: UnsafeRawBufferPointer, to json: UnsafeRawBufferPointer) {
    let start = text.bytes.count
    guard text.json(json) else { return }
    let value = start..<text.bytes.count
    // A path without a name leads nowhere.
    guard let end = path.lastIndex(where: { $0 != UInt8(ascii: ".") }) else { return }
    let dot = path[...end].lastIndex(of: UInt8(ascii: "."))
    let name = UnsafeRawBufferPointer(rebasing: path[(dot.map { $0 + 1 } ?? 0)...end])
    let object = object(at: UnsafeRawBufferPointer(rebasing: path[..<(dot ?? 0)]))
    set(member(name, of: object) ?? append(name, to: object), to: value)
  }

  private mutating func object(at path: UnsafeRawBufferPointer) -> Int {
    if text.says(path, at: lastPath) { return lastObject }
    var place = 0
    for name in path.split(separator: UInt8(ascii: ".")) {
      let name = UnsafeRawBufferPointer(rebasing: name)
      place = member(name, of: place) ?? append(name, to: place)
      makeObject(place)
    }
    let start = text.bytes.count
    text.raw(path)
    lastPath = start..<text.bytes.count
    lastObject = place
    return place
  }

  private mutating func set(_ place: Int, to value: Range<Int>) {
    members[place].value = value
    members[place].isObject = false
    members[place].first = 0
    members[place].last = 0
  }

  private func member(_ name: UnsafeRawBufferPointer, of object: Int) -> Int? {
    var place = members[object].first
    while place > 0 {
      if text.says(name, at: members[place].name) { return place }
      place = members[place].next
    }
    return nil
  }

  private mutating func append(_ name: UnsafeRawBufferPointer, to object: Int) -> Int {
    let place = members.count
    let start = text.bytes.count
    text.raw(name)
    members.append(Member(name: start..<text.bytes.count))
    let last = members[object].last
    if last > 0 { members[last].next = place } else { members[object].first = place }
    members[object].last = place
    return place
  }

  /// Takes a value apart. One that is no object becomes an empty one.
  private mutating func makeObject(_ place: Int) {
    guard !members[place].isObject else { return }
    let json = text.bytes[members[place].value].withUnsafeBytes { try? JSONValue(parsing: $0) }
    members[place].isObject = true
    for (name, value) in json?.object?.members ?? [] {
      let start = text.bytes.count
      text.value(value)
      let range = start..<text.bytes.count
      var name = name
      let member = name.withUTF8 { append(UnsafeRawBufferPointer($0), to: place) }
      set(member, to: range)
    }
  }

  /// The object as compact JSON.
  var json: [UInt8] {
    var json: [UInt8] = []
    json.reserveCapacity(text.bytes.count + 8 * members.count)
    text.bytes.withUnsafeBytes { write(0, $0, to: &json) }
    return json
  }

  private func write(_ place: Int, _ text: UnsafeRawBufferPointer, to json: inout [UInt8]) {
    guard members[place].isObject else {
      json += UnsafeRawBufferPointer(rebasing: text[members[place].value])
      return
    }
    json.append(UInt8(ascii: "{"))
    var member = members[place].first
    while member > 0 {
      if member != members[place].first { json.append(UInt8(ascii: ",")) }
      JSONWriter.write(
        UnsafeRawBufferPointer(rebasing: text[members[member].name]), to: &json)
      json.append(UInt8(ascii: ":"))
      write(member, text, to: &json)
      member = members[member].next
    }
    json.append(UInt8(ascii: "}"))
  }
}
