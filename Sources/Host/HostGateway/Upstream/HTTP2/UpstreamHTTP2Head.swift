// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore
import NIOHPACK

/// Heads between HTTP/1.1 and HTTP/2. What goes out was written by the one writer of heads, and what comes in is read by
/// its codec, so that both versions are held to the same rules.
enum UpstreamHTTP2Head {
  /// What an upstream sent is no message.
  struct Malformed: Error {}

  /// A head that the gateway wrote, whatever its own limits for clients are: secrets and edits are in it.
  private static let ownLimits: HeadLimits = {
    var limits = HeadLimits()
    limits.head = 4 << 20
    limits.fields = 8192
    return limits
  }()

  /// The field section of a request (RFC 9113, 8.3.1).
  static func request(_ head: ByteBuffer, isSecure: Bool) throws -> HPACKHeaders {
    var bytes = head
    var decoder = RequestDecoder(limits: ownLimits)
    guard case .head(let head) = try decoder.next(&bytes) else { throw Malformed() }
    var section = FieldSection()
    section.add(":method", head.withMethod(text))
    section.add(":scheme", isSecure ? "https" : "http")
    section.add(":authority", head.withAuthority(text))
    section.add(":path", head.withTarget(text))
    head.fields.forEach { field, name, value in
      let isKept = !field.isHopByHop || field.known == .contentLength || field.known == .trailer
      if isKept, field.known != .host { section.add(field.known, name, value) }
    }
    return section.headers
  }

  /// The field section behind a request's body.
  static func trailers(_ trailers: Trailers) -> HPACKHeaders { HTTP2Response.trailers(trailers) }

  /// The head of a response, final or not, whose pseudo-header fields NIO has checked.
  static func response(
    _ section: HPACKHeaders, isHead: Bool, limits: HeadLimits
  ) throws -> ResponseDecoder.Event {
    var bytes = ByteBuffer()
    bytes.writeStaticString("HTTP/1.1 ")
    bytes.writeString(section.first(name: ":status") ?? "")
    bytes.writeStaticString(" \r\n")
    try write(section, into: &bytes)
    var decoder = ResponseDecoder(limits: limits)
    decoder.requestSent(isHead: isHead)
    guard let event = try decoder.next(&bytes) else { throw Malformed() }
    return event
  }

  /// The fields behind a response's body.
  static func trailers(_ section: HPACKHeaders, limits: HeadLimits) throws -> Trailers {
    var bytes = ByteBuffer()
    try write(section, into: &bytes)
    return try Trailers(decoding: bytes, limits: limits)
  }

  private static func write(_ section: HPACKHeaders, into bytes: inout ByteBuffer) throws {
    for (name, value, _) in section where !name.utf8.starts(with: ":".utf8) {
      guard HTTP2Request.isField(name, value) else { throw Malformed() }
      bytes.writeString(name)
      bytes.writeStaticString(": ")
      bytes.writeString(value)
      bytes.writeStaticString("\r\n")
    }
    bytes.writeStaticString("\r\n")
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes, as: UTF8.self)
  }
}
