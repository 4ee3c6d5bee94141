// SPDX-License-Identifier: Apache-2.0

extension HeaderEdits {
  /// Makes a head say of a body that was decoded what holds for it.
  ///
  /// - Parameter fields: the head's, as they came.
  package mutating func describeDecoded(_ fields: HeaderFields) {
    hideLength()
    remove("Content-Encoding")
    // They are of the bytes that came.
    remove("Accept-Ranges")
    remove("Content-Digest")
    remove("Repr-Digest")
    remove("Digest")
    remove("Content-MD5")
    let name: StaticString = "etag"
    let tag = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    let strong = fields.withFirst(tag) { tag in
      tag.first == UInt8(ascii: "\"") ? Array(tag) : nil
    }
    // The same, but not byte by byte.
    if let strong = strong ?? nil { set("ETag", Array("W/".utf8) + strong) }
  }

  /// The head's Content-Length is not that of the body: nobody is shown it. (It is never forwarded.)
  private mutating func hideLength() {
    let name = KnownHeader.contentLength.name
    append(
      .remove, UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
      .bytes(UnsafeRawBufferPointer(start: nil, count: 0)))
  }
}
