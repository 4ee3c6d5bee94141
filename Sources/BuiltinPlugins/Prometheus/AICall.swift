// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// A call of a model, as the plugin that made it has logged it: a block `ai.….meta` and `ai.….usage` of the log entry.
struct AICall {
  private var members: [Substring: JSONValue] = [:]

  /// Every one that names its provider, in the order of the plugins.
  static func all(of summary: Summary) -> [AICall] {
    var blocks: [(name: Substring, call: AICall)] = []
    for field in summary.logFields where field.path.hasPrefix("ai.") {
      guard let (block, member) = split(field.path), let value = try? JSONValue(parsing: field.json)
      else { continue }
      if let index = blocks.firstIndex(where: { $0.name == block }) {
        blocks[index].call.set(member, value)
      } else {
        var call = AICall()
        call.set(member, value)
        blocks.append((block, call))
      }
    }
    return blocks.map(\.call).filter { $0.members["meta.provider_name"]?.text != nil }
  }

  /// Of `ai.proxy.meta`, and of its member `ai.proxy.meta.provider_name`, the block is `ai.proxy`.
  private static func split(_ path: String) -> (block: Substring, member: Substring)? {
    let path = path + "."
    for part in [".meta.", ".usage.", ".cache."] {
      guard let found = path.firstRange(of: part) else { continue }
      return (path[..<found.lowerBound], path[path.index(after: found.lowerBound)...].dropLast())
    }
    return nil
  }

  /// A member, or all those of a part at once.
  private mutating func set(_ member: Substring, _ value: JSONValue) {
    guard let object = value.object else { return members[member] = value }
    for (name, value) in object.members { members["\(member).\(name)"] = value }
  }

  func text(_ member: Substring) -> String { members[member]?.text ?? "" }

  func number(_ member: Substring) -> JSONNumber? {
    guard case .number(let number)? = members[member] else { return nil }
    return number
  }
}
