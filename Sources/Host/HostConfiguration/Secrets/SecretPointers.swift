// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Where a plugin's JSON Schema says that its config has secrets.
package enum SecretPointers {
  /// JSON pointers; `*` stands for every element or member.
  package static func find(in schema: [UInt8]) -> [String] {
    guard let root = try? JSONSerialization.jsonObject(with: Data(schema)) else { return [] }
    var pointers: [String] = []
    walk(root, "", &pointers)
    return pointers.sorted()
  }

  private static func walk(_ schema: Any, _ pointer: String, _ pointers: inout [String]) {
    guard let schema = schema as? [String: Any] else { return }
    if schema["x-secret"] as? Bool == true { pointers.append(pointer) }
    for (name, property) in schema["properties"] as? [String: Any] ?? [:] {
      let escaped = name.replacing("~", with: "~0").replacing("/", with: "~1")
      walk(property, "\(pointer)/\(escaped)", &pointers)
    }
    if let items = schema["items"] { walk(items, "\(pointer)/*", &pointers) }
    if let values = schema["additionalProperties"] { walk(values, "\(pointer)/*", &pointers) }
  }
}
