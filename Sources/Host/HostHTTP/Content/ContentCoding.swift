// SPDX-License-Identifier: Apache-2.0

/// A coding of a body's content that the host can undo (RFC 9110, 8.4.1).
package enum ContentCoding: Sendable, CaseIterable {
  case gzip
  /// The zlib format; or, as some servers send it, what is inside of that.
  case deflate

  /// By its name, in any case.
  package init?(_ name: UnsafeRawBufferPointer) {
    if name.equals(lowercase: "gzip") || name.equals(lowercase: "x-gzip") {
      self = .gzip
    } else if name.equals(lowercase: "deflate") {
      self = .deflate
    } else {
      return nil
    }
  }
}

extension ContentCoding {
  /// What codes the content of a response, when that is one coding of these. Nil: nothing does, or something else.
  package init?(of fields: HeaderFields) {
    var coding: ContentCoding?
    var isOther = false
    fields.forEach { field, _, value in
      guard field.known == .contentEncoding else { return }
      for name in value.commaSeparated where !name.isEmpty && !name.equals(lowercase: "identity") {
        guard coding == nil, let known = ContentCoding(name) else {
          isOther = true
          continue
        }
        coding = known
      }
    }
    guard let coding, !isOther else { return nil }
    self = coding
  }

  /// An Accept-Encoding without what cannot be undone here: of the codings that its sender takes, those of this type. An
  /// upstream that keeps to it answers with one of them, or with a body as it is.
  ///
  /// - Parameter values: of the fields that there are.
  package static func acceptable(among values: [[UInt8]]) -> [UInt8] {
    var kept: [[UInt8]] = []
    var isNamed = false
    var any: [UInt8]?
    for value in values {
      value.withUnsafeBytes { value in
        for element in value.commaSeparated {
          let name = UnsafeRawBufferPointer(
            rebasing: element.prefix { $0 != UInt8(ascii: ";") }
          ).trimmed
          if ContentCoding(name) != nil {
            isNamed = true
            kept.append(Array(element))
          } else if name.equals(lowercase: "identity") {
            kept.append(Array(element))
          } else if name.equals(lowercase: "*") {
            any = Array(element.dropFirst())
          }
        }
      }
    }
    // Whoever takes anything takes these too, as much as that.
    if let any, !isNamed { kept.append(Array("gzip".utf8) + any) }
    return kept.isEmpty ? Array("identity".utf8) : Array(kept.joined(separator: Array(", ".utf8)))
  }
}

extension UnsafeRawBufferPointer {
  /// The elements of a list (RFC 9110, 5.6.1), without the white space around them. Of values that have no quoted strings.
  fileprivate var commaSeparated: [UnsafeRawBufferPointer] {
    split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
      UnsafeRawBufferPointer(rebasing: $0).trimmed
    }
  }
}
