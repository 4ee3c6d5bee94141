// SPDX-License-Identifier: Apache-2.0

/// The text of one JSON value, as bytes: what an edit inserts, and how numbers and unknown fields
/// are kept without being understood.
package struct JSONText: Hashable, Sendable {
  /// The text, UTF-8.
  package let bytes: [UInt8]

  /// A text that is known to be one JSON value, such as a node's.
  package init(unchecked bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// A text that is checked to be one JSON value.
  package init(validating bytes: [UInt8]) throws(JSONError) {
    _ = try JSONNode.validated(in: bytes.span.bytes)
    self.bytes = bytes
  }

  /// What a writer wrote, which must be one value.
  package init(_ write: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    write(&writer)
    self.bytes = writer.bytes
  }

  /// `null`
  package static let null = JSONText(unchecked: Array("null".utf8))

  /// `true` or `false`
  package static func boolean(_ value: Bool) -> JSONText {
    JSONText(unchecked: Array((value ? "true" : "false").utf8))
  }

  /// A whole number.
  package static func integer(_ value: Int) -> JSONText {
    JSONText(unchecked: Array(String(value).utf8))
  }

  /// A string, escaped as needed.
  package static func string(_ value: String) -> JSONText {
    JSONText { $0.string(value) }
  }

  /// The text as a string.
  package var string: String { String(decoding: bytes, as: UTF8.self) }
}
