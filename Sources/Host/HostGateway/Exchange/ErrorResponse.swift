// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

/// The body of an error that the host answers with: Kong's JSON, or what a plugin of the chain has given as its
/// client's dialect.
struct ErrorResponse {
  let contentType: [UInt8]
  let bytes: ByteBuffer

  init(_ error: HostError, requestID: RequestID, template: ErrorTemplate?) {
    if let template, !template.body.isEmpty {
      contentType = template.contentType
      bytes = Self.fill(template.body, error, requestID: requestID)
    } else {
      contentType = Array("application/json; charset=utf-8".utf8)
      bytes = Self.json(error.message, requestID)
    }
  }

  fileprivate static func json(_ message: StaticString, _ requestID: RequestID) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeStaticString("{\"message\":\"")
    buffer.writeJSONEscaped(
      UnsafeBufferPointer(start: message.utf8Start, count: message.utf8CodeUnitCount))
    buffer.writeStaticString("\",\"request_id\":\"")
    buffer.writeString(requestID.text)
    buffer.writeStaticString("\"}")
    return buffer
  }

  /// Fills `{status}`, `{code}`, `{message}` and `{request_id}` into a template, escaped for JSON.
  static func fill(_ template: [UInt8], _ error: HostError, requestID: RequestID) -> ByteBuffer {
    var buffer = ByteBuffer()
    var rest = template[...]
    let facts: [(name: [UInt8], value: String)] = [
      (Array("{status}".utf8), String(error.status)), (Array("{code}".utf8), "\(error.code)"),
      (Array("{message}".utf8), "\(error.message)"), (Array("{request_id}".utf8), requestID.text),
    ]
    while let first = rest.first {
      if first == UInt8(ascii: "{"), let fact = facts.first(where: { rest.starts(with: $0.name) }) {
        buffer.writeJSONEscaped(fact.value.utf8)
        rest = rest.dropFirst(fact.name.count)
      } else {
        buffer.writeInteger(first)
        rest = rest.dropFirst()
      }
    }
    return buffer
  }

  /// The whole response to what is no request.
  struct Refusal {
    let head: ClientResponse
    let body: ByteBuffer

    init(_ refusal: HTTPRefusal, id: RequestID) {
      body = ErrorResponse.json(HostError(refusal).message, id)
      var edits = HeaderEdits()
      edits.set("Date", WallClock.httpDate())
      edits.set("Content-Type", "application/json; charset=utf-8")
      edits.set("Server", "patchbay")
      edits.set("X-Patchbay-Request-Id", id.text)
      head = ClientResponse(
        status: refusal.status, fields: HeaderFields(), edits: edits,
        body: .length(body.readableBytes))
    }

    /// As bytes of HTTP/1.1; the connection ends with it.
    var bytes: ByteBuffer {
      var buffer = ByteBuffer()
      do {
        try HeadWriter.write(
          status: head.status, fields: head.fields, edits: head.edits,
          framing: .length(body.readableBytes), closes: true, into: &buffer)
      } catch {
        preconditionFailure("the status of a refusal can be written")
      }
      buffer.writeImmutableBuffer(body)
      return buffer
    }
  }
}

extension HostError {
  /// The error that a refused request is answered with.
  init(_ refusal: HTTPRefusal) {
    switch refusal.status {
    case 413: self = .bodyTooLarge
    case 414: self = .targetTooLong
    case 431: self = .headTooLarge
    case 501: self = .notImplemented
    case 505: self = .versionNotSupported
    default: self = .badRequest
    }
  }
}
