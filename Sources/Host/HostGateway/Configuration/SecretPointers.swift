// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Where a plugin's JSON Schema says that its config has secrets.
enum SecretPointers {
  /// JSON pointers; `*` stands for every element or member.
  static func find(in schema: [UInt8]) -> [String] {
    guard let root = try? JSONSerialization.jsonObject(with: Data(schema)) else { return [] }
    var pointers: [String] = []
    walk(root, "", &pointers)
    return pointers.sorted()
  }

  private static func walk(_ schema: Any, _ pointer: String, _ pointers: inout [String]) {
    guard let schema = schema as? [String: Any] else { return }
    if schema["x-secret"] as? Bool == true { pointers.append(pointer) }
    for (name, property) in schema["properties"] as? [String: Any] ?? [:] {
      walk(property, "\(pointer)/\(name)", &pointers)
    }
    if let items = schema["items"] { walk(items, "\(pointer)/*", &pointers) }
    if let values = schema["additionalProperties"] { walk(values, "\(pointer)/*", &pointers) }
  }
}
