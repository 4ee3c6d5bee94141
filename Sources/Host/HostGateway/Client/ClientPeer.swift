// SPDX-License-Identifier: Apache-2.0

import HostClients
import HostConfiguration
import HostHTTP
import NIOCore

/// Who is at the other end of a connection, and for whom it speaks.
final class ClientPeer {
  private let policy: ClientPolicy
  /// Who connected; nginx's `$realip_remote_addr`.
  let direct: ClientAddress
  /// Whether its word about others is taken.
  let isTrusted: Bool
  /// The port that was connected to.
  let port: Int
  /// Whom the PROXY header named, where that counts.
  private(set) var proxied: ClientAddress?
  let directText: String
  /// The client of requests that do not say more.
  private(set) var text: String

  init(of channel: any Channel, _ policy: ClientPolicy) {
    self.policy = policy
    direct = ClientAddress(channel.remoteAddress)
    directText = direct.description
    text = directText
    port = channel.localAddress?.port ?? 0
    isTrusted = policy.trusted.contains(direct)
  }

  /// The PROXY header is there. As in Kong it counts when `real_ip_header` says so and the proxy is trusted.
  func told(_ header: ProxyHeader) {
    guard policy.realIPHeader == .proxyProtocol, isTrusted, let source = header.source else {
      return
    }
    proxied = source
    text = source.description
  }

  /// The address of the client that a request is from; nginx's `$remote_addr`.
  func address(of head: RequestHead) -> String {
    guard isTrusted, case .field(let name) = policy.realIPHeader else { return text }
    var values: [[UInt8]] = []
    var lowercase = name.lowercased()
    lowercase.withUTF8 { name in
      head.fields.forEach { _, candidate, value in
        if candidate.equalsIgnoringCase(UnsafeRawBufferPointer(name)) {
          values.append(Array(value))
        }
      }
    }
    return values.isEmpty ? text : policy.trusted.client(of: direct, values).description
  }
}

extension ClientAddress {
  init(_ address: SocketAddress?) {
    // Behind family and port; of IPv6 also behind the flow (`sockaddr_in`, `sockaddr_in6`).
    let place: Range<Int>
    switch address {
    case .v4: place = 4..<8
    case .v6: place = 8..<24
    case .unixDomainSocket:
      self = .unix
      return
    case nil:
      self = .unknown
      return
    }
    let bytes = address?.withSockAddr { pointer, size in
      Array(UnsafeRawBufferPointer(start: pointer, count: size)[place])
    }
    self = bytes.flatMap { IPAddress(bytes: $0) }.map { .ip($0) } ?? .unknown
  }
}
