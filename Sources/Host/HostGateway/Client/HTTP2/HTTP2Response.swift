// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOHPACK

/// Makes field sections of HTTP/2 of responses (RFC 9113, 8.3.2): names in lower case, and nothing that concerns a
/// connection of HTTP/1.1.
enum HTTP2Response {
  /// The head, and its bytes without compression.
  static func head(_ response: ClientResponse) -> (HPACKHeaders, byteCount: Int) {
    var section = FieldSection()
    section.add(":status", String(response.status))
    response.fields.forEach { field, name, value in
      let isKept = !field.isHopByHop || field.known == .trailer && response.body == .open
      guard isKept, response.edits.isEmpty || !response.edits.masks(name) else { return }
      section.add(field.known, name, value)
    }
    response.edits.forEachAdded { name, value in
      // A secret is for upstreams: in a response its field is left out.
      if case .bytes(let value) = value { section.add(KnownHeader(name), name, value) }
    }
    // 204 has no length, not even of nothing (RFC 9110, 8.6).
    if response.status != 204 {
      switch response.body {
      case .length(let length), .none(.some(let length)):
        section.add("content-length", String(length))
      case .open, .none(.none): break
      }
    }
    return (section.headers, section.byteCount)
  }

  /// A response before the response.
  static func informational(_ head: ResponseHead) -> HPACKHeaders {
    var section = FieldSection()
    section.add(":status", String(head.status))
    head.fields.forEach { field, name, value in
      if !field.isHopByHop { section.add(field.known, name, value) }
    }
    return section.headers
  }

  static func trailers(_ trailers: Trailers) -> HPACKHeaders {
    var section = FieldSection()
    trailers.forEach { field, name, value in
      if !field.isHopByHop { section.add(field.known, name, value) }
    }
    return section.headers
  }
}

/// A field section that is being made.
struct FieldSection {
  private(set) var headers = HPACKHeaders()
  private(set) var byteCount = 0

  mutating func add(_ name: String, _ value: String) {
    headers.add(name: name, value: value, indexing: .nonIndexable)
    byteCount += name.utf8.count + value.utf8.count
  }

  mutating func add(
    _ known: KnownHeader, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
  ) {
    let lowercased = String(unsafeUninitializedCapacity: name.count) { memory in
      for index in name.indices { memory.initializeElement(at: index, to: name[index].lowercased) }
      return name.count
    }
    headers.add(name: lowercased, value: Self.text(value), indexing: Self.indexing(known))
    byteCount += name.count + value.count
  }

  /// HPACK's table is for what comes again; what is new in each response would only push that out.
  private static func indexing(_ known: KnownHeader) -> HPACKIndexing {
    switch known {
    case .contentType, .server, .via, .acceptEncoding, .contentEncoding: .indexable
    case .setCookie, .authorization: .neverIndexed
    default: .nonIndexable
    }
  }

  /// NIO's values are text. Bytes that are none are Latin-1 (RFC 9110, 5.5), which is what they were meant as.
  private static func text(_ value: UnsafeRawBufferPointer) -> String {
    if let text = String(validating: value, as: UTF8.self) { return text }
    var scalars = String.UnicodeScalarView()
    for byte in value { scalars.append(Unicode.Scalar(byte)) }
    return String(scalars)
  }
}
