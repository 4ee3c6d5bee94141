// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Writes a head once: what stays is copied in runs as it came, edits are applied on the way, and the one field that
/// frames the body is the host's own. All that is not the head's own bytes is checked here or where it came in, so that
/// what is written is one head and nothing more.
package enum HeadWriter {
  /// The value of a secret by its handle; nil: there is none, and the field is left out.
  package typealias SecretValue = (String) -> [UInt8]?

  /// Writes a request for an upstream. It has exactly one Host: the edits' own, else the head's.
  ///
  /// - Parameters:
  ///   - method: in place of the head's own.
  ///   - target: path and query, or `*`.
  ///   - framing: of the body that will follow. With `.chunked`, `Trailer` is kept.
  ///   - secrets: asked for each value that is a secret.
  ///   - closes: asks the upstream to close behind its response.
  ///   - upgrade: the protocol that the client wants to go on with.
  /// - Throws: `badMethod`, `badTarget`, or `badValue` for a secret that no field can hold. Nothing is written then.
  package static func write(
    _ head: RequestHead, method: [UInt8]?, target: [UInt8], edits: HeaderEdits,
    framing: BodyFraming, secrets: SecretValue, closes: Bool = false,
    upgrade: StaticString? = nil, into buffer: inout ByteBuffer
  ) throws(HeaderEdits.Refusal) {
    if let method, !method.withUnsafeBytes(isMethod) { throw .badMethod }
    guard target.withUnsafeBytes(isTarget) else { throw .badTarget }
    let added = try AddedFields(edits, secrets)
    let hasHost = hasHost(head.fields, edits)
    let capacity = head.byteCount + (method?.count ?? 0) + target.count + added.byteCount
    write(into: &buffer, capacity: capacity + 128) { pen in
      if let method {
        method.withUnsafeBytes { pen.write($0) }
      } else {
        head.withMethod { pen.write($0) }
      }
      pen.write(" ")
      target.withUnsafeBytes { pen.write($0) }
      pen.write(" HTTP/1.1\r\n")
      if !hasHost {
        pen.write("Host: ")
        head.withAuthority { pen.write($0) }
        pen.write("\r\n")
      }
      copyKept(head.fields, edits, keepsTrailer: framing == .chunked, &pen)
      added.write(&pen)
      write(framing, &pen)
      if closes { pen.write("Connection: close\r\n") }
      if let upgrade { write(upgrade: upgrade, &pen) }
      pen.write("\r\n")
    }
  }

  /// Writes a request of the gateway's own, whose edits set its Host.
  ///
  /// - Throws: as the one above.
  package static func write(
    method: [UInt8], target: [UInt8], edits: HeaderEdits, framing: BodyFraming,
    secrets: SecretValue, into buffer: inout ByteBuffer
  ) throws(HeaderEdits.Refusal) {
    guard method.withUnsafeBytes(isMethod) else { throw .badMethod }
    guard target.withUnsafeBytes(isTarget) else { throw .badTarget }
    let added = try AddedFields(edits, secrets)
    let capacity = method.count + target.count + added.byteCount
    write(into: &buffer, capacity: capacity + 128) { pen in
      method.withUnsafeBytes { pen.write($0) }
      pen.write(" ")
      target.withUnsafeBytes { pen.write($0) }
      pen.write(" HTTP/1.1\r\n")
      added.write(&pen)
      write(framing, &pen)
      pen.write("\r\n")
    }
  }

  /// Writes a response for a client.
  ///
  /// - Parameters:
  ///   - status: 100 to 599; 101 with `upgrade` only. With 1xx and 204 nothing frames a body (RFC 9110, 8.6).
  ///   - reason: the phrase as an upstream sent it; nil: the registered one.
  ///   - fields: those of the upstream; none for a response that the gateway makes.
  ///   - framing: `.none` writes no field, as for 204, 304 and HEAD. With `.chunked`, `Trailer` is kept.
  ///   - length: what HEAD and 304 say of a body that they do not have.
  ///   - closes: the connection ends after this response.
  ///   - keepsOldVersionAlive: tells a client of HTTP/1.0 that it does not.
  ///   - upgrade: with 101 the protocol that the connection goes on with, else those that the client should come with
  ///     (RFC 9110, 7.8); nil: as it comes.
  /// - Throws: `badStatus`, or `badValue` for a reason with a control character. Nothing is written then.
  package static func write(
    status: Int, reason: UnsafeRawBufferPointer? = nil, fields: HeaderFields, edits: HeaderEdits,
    framing: BodyFraming, length: Int? = nil, closes: Bool, keepsOldVersionAlive: Bool = false,
    upgrade: StaticString? = nil, into buffer: inout ByteBuffer
  ) throws(HeaderEdits.Refusal) {
    guard (100...599).contains(status), status != 101 || upgrade != nil else { throw .badStatus }
    if let reason, !HeaderEdits.isValue(reason) { throw .badValue }
    // A secret is for upstreams: in a response its field is left out.
    let added = try AddedFields(edits) { _ in nil }
    let words = (reason?.count ?? 0) + (upgrade?.utf8CodeUnitCount ?? 0)
    let capacity = fields.bytes.readableBytes + words + added.byteCount
    write(into: &buffer, capacity: capacity + 224) { pen in
      pen.write("HTTP/1.1 ")
      pen.write(decimal: status)
      pen.write(" ")
      if let reason { pen.write(reason) } else { pen.write(ReasonPhrase.of(status)) }
      pen.write("\r\n")
      copyKept(fields, edits, keepsTrailer: framing == .chunked, &pen)
      added.write(&pen)
      if status >= 200, status != 204 {
        write(framing == .none ? length.map { .length($0) } ?? .none : framing, &pen)
      }
      writeConnection(closes: closes, keepsAlive: keepsOldVersionAlive, upgrade, &pen)
      pen.write("\r\n")
    }
  }

  private static func writeConnection(
    closes: Bool, keepsAlive: Bool, _ upgrade: StaticString?, _ pen: inout HeadPen
  ) {
    let option: StaticString? = closes ? "close" : keepsAlive ? "keep-alive" : nil
    if let upgrade {
      pen.write("Upgrade: ")
      pen.write(upgrade)
      pen.write("\r\n")
    }
    guard upgrade != nil || option != nil else { return }
    // One line: not every client reads a second one.
    pen.write("Connection: ")
    if upgrade != nil { pen.write(option == nil ? "Upgrade" : "Upgrade, ") }
    if let option { pen.write(option) }
    pen.write("\r\n")
  }

  @inline(__always)
  private static func write(
    into buffer: inout ByteBuffer, capacity: Int, _ body: (inout HeadPen) -> Void
  ) {
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { memory in
      var pen = HeadPen(memory)
      body(&pen)
      return pen.count
    }
  }

  /// Neighbours that stay are one copy.
  private static func copyKept(
    _ fields: HeaderFields, _ edits: HeaderEdits, keepsTrailer: Bool, _ pen: inout HeadPen
  ) {
    fields.bytes.withUnsafeReadableBytes { head in
      let hasEdits = !edits.isEmpty
      var run = 0..<0
      for (index, field) in fields.table.enumerated() {
        guard !field.isHopByHop || (keepsTrailer && field.known == .trailer) else { continue }
        if hasEdits, edits.masks(field.name(in: head)) { continue }
        let line = fields.line(index)
        if line.lowerBound != run.upperBound {
          pen.write(UnsafeRawBufferPointer(rebasing: head[run]))
          run = line
        } else {
          run = run.lowerBound..<line.upperBound
        }
      }
      pen.write(UnsafeRawBufferPointer(rebasing: head[run]))
    }
  }

  private static func write(_ framing: BodyFraming, _ pen: inout HeadPen) {
    switch framing {
    case .none, .untilClose: break
    case .length(let length):
      precondition(length >= 0, "a body has no less than no bytes")
      pen.write("Content-Length: ")
      pen.write(decimal: length)
      pen.write("\r\n")
    case .chunked: pen.write("Transfer-Encoding: chunked\r\n")
    }
  }

  private static func write(upgrade: StaticString, _ pen: inout HeadPen) {
    pen.write("Connection: Upgrade\r\nUpgrade: ")
    pen.write(upgrade)
    pen.write("\r\n")
  }

  private static func hasHost(_ fields: HeaderFields, _ edits: HeaderEdits) -> Bool {
    if fields.table.contains(where: { $0.known == .host && !$0.isHopByHop }) { return true }
    var isAdded = false
    edits.forEachAdded { name, _ in if name.equals(lowercase: "host") { isAdded = true } }
    return isAdded
  }

  private static func isMethod(_ method: UnsafeRawBufferPointer) -> Bool {
    HeaderEdits.isName(method) && method.count <= HeadLimits.method
      && HTTPMethod(method.bytes) != .connect
  }

  private static func isTarget(_ target: UnsafeRawBufferPointer) -> Bool {
    guard let first = target.first else { return false }
    guard first == UInt8(ascii: "/") || (first == UInt8(ascii: "*") && target.count == 1)
    else { return false }
    return target.allSatisfy { $0.isTarget && $0 != UInt8(ascii: "#") }
  }
}

/// The fields that edits add, with the values of secrets looked up and everything measured.
private struct AddedFields {
  private let edits: HeaderEdits
  /// By the order of the added fields that are secrets; nil: none is known.
  private var values: [[UInt8]?] = []
  private(set) var byteCount: Int

  init(
    _ edits: HeaderEdits, _ secrets: HeadWriter.SecretValue
  ) throws(HeaderEdits.Refusal) {
    self.edits = edits
    byteCount = edits.byteCount
    guard edits.hasSecrets else { return }
    var values: [[UInt8]?] = []
    edits.forEachAdded { _, value in
      if case .secret(let handle) = value { values.append(secrets(handle)) }
    }
    for case .some(let value) in values {
      guard value.withUnsafeBytes(HeaderEdits.isValue) else { throw .badValue }
      byteCount += value.count
    }
    self.values = values
  }

  func write(_ pen: inout HeadPen) {
    guard !edits.isEmpty else { return }
    var next = 0
    edits.forEachAdded { name, value in
      switch value {
      case .bytes(let bytes): pen.write(name, bytes)
      case .secret:
        if let secret = values[next] { secret.withUnsafeBytes { pen.write(name, $0) } }
        next += 1
      }
    }
  }
}
