// SPDX-License-Identifier: Apache-2.0

/// The type and subtype of a `Content-Type`, without its parameters.
package struct MediaType: Sendable {
  /// In lower case.
  package let name: String

  package init(_ field: String) {
    // What nearly all say needs no look at its letters.
    if field == "application/json" {
      name = field
    } else {
      let end = field.utf8.firstIndex(of: UInt8(ascii: ";")) ?? field.endIndex
      name = field[..<end].trimmingSpaces.lowercased()
    }
  }

  /// JSON, or a format that is JSON too.
  package var isJSON: Bool { name == "application/json" || name.hasSuffix("+json") }

  package var isEventStream: Bool { name == "text/event-stream" }

  /// Bedrock's streams.
  package var isAWSEventStream: Bool { name == "application/vnd.amazon.eventstream" }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    let start = utf8.firstIndex { !isSpace($0) } ?? endIndex
    let end = utf8.lastIndex { !isSpace($0) }.map { utf8.index(after: $0) } ?? start
    return self[start..<end]
  }
}
