// SPDX-License-Identifier: Apache-2.0

import HostNames
import NIOCore
import NIOPosix

/// Connects to hosts by their names or addresses.
///
/// Of several addresses the next one is tried when one fails or is slow, as RFC 8305 has it.
struct AddressDialler {
  let loop: any EventLoop
  let names: NameResolver

  /// - Parameters:
  ///   - time: that an address may take to answer.
  ///   - autoRead: whether the channel reads by itself.
  func connect(
    host: String, port: Int, time: TimeAmount, autoRead: Bool
  ) -> EventLoopFuture<any Channel> {
    let bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(time)
      .channelOption(.autoRead, value: autoRead)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
    if let address = try? SocketAddress(ipAddress: host, port: port) {
      return bootstrap.connect(to: address)
    }
    let resolved = loop.makePromise(of: KnownAddresses.self)
    names.addresses(of: host) { [loop] result in
      resolved.completeWith(
        result.map { KnownAddresses(loop: loop, addresses: $0, port: port) })
    }
    return resolved.futureResult.assumeIsolated().flatMap { addresses in
      bootstrap.resolver(addresses).connect(host: host, port: port)
    }.nonisolated()
  }
}

/// What NIO takes a name's addresses from: they are known already.
private struct KnownAddresses: Resolver, Sendable {
  let loop: any EventLoop
  let addresses: [SocketAddress]

  init(loop: any EventLoop, addresses: [String], port: Int) {
    self.loop = loop
    self.addresses = addresses.compactMap { try? SocketAddress(ipAddress: $0, port: port) }
  }

  func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
    loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet })
  }

  func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
    loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet6 })
  }

  func cancelQueries() {}
}
