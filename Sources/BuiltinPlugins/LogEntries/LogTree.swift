// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// An object of a log entry under construction. Most members come as JSON text and leave as it; one is only taken apart when
/// somebody puts a field into it.
struct LogTree: Sendable {
  private enum Node: Sendable {
    case text([UInt8])
    case object(LogTree)
  }

  private var members: [(name: String, node: Node)] = []

  /// Puts a value in place of the one of this name, if there is one.
  mutating func set(_ name: String, _ value: JSONValue) {
    set(name, .text(JSONWriter.bytes(of: value)))
  }

  /// The same, with text that is JSON.
  mutating func set(_ name: String, text: String) { set(name, .text(Array(text.utf8))) }

  private mutating func set(_ name: String, _ node: Node) {
    if let index = members.lastIndex(where: { $0.name == name }) {
      members[index].node = node
    } else {
      members.append((name, node))
    }
  }

  /// Puts a value at a dotted path, making the objects on the way. What stands in the way and is no object is replaced.
  mutating func set(_ value: JSONValue, at path: ArraySlice<Substring.UTF8View>) {
    guard let first = path.first.map({ String(Substring($0)) }) else { return }
    let rest = path.dropFirst()
    guard !rest.isEmpty else { return set(first, value) }
    var inner = LogTree()
    let index = members.lastIndex { $0.name == first }
    if let index { inner = Self.object(members[index].node) }
    inner.set(value, at: rest)
    if let index {
      members[index].node = .object(inner)
    } else {
      members.append((first, .object(inner)))
    }
  }

  private static func object(_ node: Node) -> LogTree {
    switch node {
    case .object(let tree): return tree
    case .text(let text):
      var tree = LogTree()
      let value = text.withUnsafeBytes { try? JSONValue(parsing: $0) }
      for (name, value) in value?.object?.members ?? [] { tree.set(name, value) }
      return tree
    }
  }

  /// The object as compact JSON.
  func write(to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "{"))
    for (index, (name, node)) in members.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      JSONWriter.write(name, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      switch node {
      case .text(let text): bytes += text
      case .object(let tree): tree.write(to: &bytes)
      }
    }
    bytes.append(UInt8(ascii: "}"))
  }
}
