// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Asks a forward proxy for a tunnel to an origin (CONNECT; RFC 9110, 9.3.6), and reads its answer.
package struct TunnelRequest {
  /// Why there is no tunnel.
  package enum Refusal: Error, Equatable, Sendable {
    /// The proxy answered with a status that is no success.
    case status(Int)
    /// What it answered is no answer of HTTP, or more than one.
    case invalid
    /// It closed the connection before it had answered.
    case ended
  }

  private static let limits = {
    var limits = HeadLimits()
    limits.head = 16 << 10
    return limits
  }()

  private var decoder = ResponseDecoder(limits: Self.limits)
  private var inbound = ByteBuffer()

  /// The request as it is sent: nothing of the request that is to go through is in it.
  package let head: ByteBuffer

  /// - Parameters:
  ///   - host: of the origin; an IPv6 address without brackets.
  ///   - port: of the origin.
  package init(host: String, port: Int) {
    let name = host.contains(":") ? "[\(host)]" : host
    let authority = "\(name):\(port)"
    head = ByteBuffer(string: "CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n\r\n")
    // A success has no body, whatever it says of one; that of a refusal is not waited for.
    decoder.requestSent(isHead: true)
  }

  /// Reads a part of the answer: whether there is a tunnel now.
  package mutating func receive(_ bytes: ByteBuffer) throws(Refusal) -> Bool {
    inbound.writeImmutableBuffer(bytes)
    do {
      while let event = try decoder.next(&inbound) {
        guard case .head(let head) = event else { continue }
        guard (200..<300).contains(head.status) else { throw Refusal.status(head.status) }
        // Behind a tunnel the client speaks first.
        guard inbound.readableBytes == 0 else { throw Refusal.invalid }
        return true
      }
      return false
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      throw .invalid
    }
  }
}
