// SPDX-License-Identifier: Apache-2.0

/// The type and subtype of a `Content-Type`, without its parameters.
package struct MediaType: Sendable {
  /// In lower case.
  package let name: String

  package init(_ field: String) {
    name = field.prefix { $0 != ";" }.trimmingSpaces.lowercased()
  }

  /// JSON, or a format that is JSON too.
  package var isJSON: Bool { name == "application/json" || name.hasSuffix("+json") }

  package var isEventStream: Bool { name == "text/event-stream" }

  /// Bedrock's streams.
  package var isAWSEventStream: Bool { name == "application/vnd.amazon.eventstream" }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    var text = drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }
}
