// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore
import NIOHPACK

/// Makes a request's head of a field section of HTTP/2 (RFC 9113, 8.3): it becomes the head of HTTP/1.1 that means the
/// same, and is read by the same codec, so that both versions are held to the same rules.
enum HTTP2Request {
  enum Refusal: Error, Equatable {
    /// No valid message of HTTP/2: the stream ends with PROTOCOL_ERROR (RFC 9113, 8.1.1).
    case malformed
    /// The request is answered with a status.
    case refused(HTTPRefusal)
  }

  /// The head of a request whose pseudo-header fields NIO has checked.
  ///
  /// - Parameter isWhole: no body follows.
  static func head(
    _ section: HPACKHeaders, isWhole: Bool, limits: HeadLimits
  ) throws(Refusal) -> RequestHead {
    let line = try RequestFields(section)
    var bytes = ByteBuffer()
    bytes.writeString(line.method)
    bytes.writeInteger(UInt8(ascii: " "))
    bytes.writeString(line.path)
    bytes.writeStaticString(" HTTP/1.1\r\n")
    if let authority = line.authority { bytes.write(field: "host", authority) }
    for (name, value, _) in section where !name.utf8.starts(with: ":".utf8) {
      switch name {
      case "host" where line.authority != nil, "cookie": continue
      default: bytes.write(field: name, value)
      }
    }
    // Crumbs of a cookie are one field where there is no compression (RFC 9113, 8.2.3).
    if !line.cookie.isEmpty { bytes.write(field: "cookie", line.cookie) }
    if !isWhole, !line.hasLength { bytes.write(field: "transfer-encoding", "chunked") }
    bytes.writeStaticString("\r\n")
    var decoder = RequestDecoder(limits: limits)
    do {
      guard case .head(let head) = try decoder.next(&bytes) else { throw Refusal.malformed }
      return head
    } catch let refusal as HTTPRefusal {
      throw .refused(refusal)
    } catch {
      throw .malformed
    }
  }

  /// The fields behind a request's body.
  static func trailers(_ section: HPACKHeaders, limits: HeadLimits) throws(Refusal) -> Trailers {
    var bytes = ByteBuffer()
    for (name, value, _) in section {
      guard !name.utf8.starts(with: ":".utf8), isField(name, value) else { throw .malformed }
      bytes.write(field: name, value)
    }
    bytes.writeStaticString("\r\n")
    do {
      return try Trailers(decoding: bytes, limits: limits)
    } catch {
      throw .refused(error)
    }
  }

  /// Whether a field may stand in a message (RFC 9113, 8.2.1). This is what keeps a field from becoming two of HTTP/1.1.
  static func isField(_ name: String, _ value: String) -> Bool {
    let (name, bytes) = (name.utf8, value.utf8)
    guard !name.isEmpty, name.allSatisfy({ $0.isToken && $0.lowercased == $0 }),
      bytes.allSatisfy(\.isFieldValue)
    else { return false }
    guard let first = bytes.first, let last = bytes.last else { return true }
    return !first.isBlank && !last.isBlank
  }
}

/// The parts of a field section that become the request line, and what must be known of the rest before it is written.
private struct RequestFields {
  private(set) var method = ""
  private(set) var path = ""
  private(set) var authority: String?
  private(set) var cookie = ""
  private(set) var hasLength = false

  init(_ section: HPACKHeaders) throws(HTTP2Request.Refusal) {
    var scheme = ""
    var host: String?
    for (name, value, _) in section {
      // NIO has repaired what is not UTF-8, so that the value is no longer the client's.
      guard !value.unicodeScalars.contains("\u{FFFD}") else { throw .refused(.badValue) }
      switch name {
      case ":method": method = value
      case ":path": path = value
      case ":authority": authority = value
      case ":scheme": scheme = value
      default:
        guard HTTP2Request.isField(name, value) else { throw .malformed }
        switch name {
        case "host":
          guard host == nil else { throw .refused(.duplicateHost) }
          host = value
        case "content-length": hasLength = true
        case "cookie": cookie += cookie.isEmpty ? value : "; " + value
        default: break
        }
      }
    }
    guard !method.isEmpty, method.utf8.allSatisfy(\.isToken) else { throw .malformed }
    guard method != "CONNECT" else { throw .refused(.connectMethod) }
    let isPath = path.utf8.first == UInt8(ascii: "/") || path == "*" && method == "OPTIONS"
    guard isPath, path.utf8.allSatisfy(\.isTarget) else { throw .malformed }
    guard scheme == "http" || scheme == "https" else { throw .malformed }
    if let authority {
      guard authority.utf8.allSatisfy(\.isTarget) else { throw .malformed }
      // Two names for one host are for two servers (RFC 9113, 8.3.1).
      guard host == nil || host?.lowercased() == authority.lowercased() else { throw .malformed }
    }
  }
}

extension ByteBuffer {
  fileprivate mutating func write(field name: String, _ value: String) {
    writeString(name)
    writeStaticString(": ")
    writeString(value)
    writeStaticString("\r\n")
  }
}
