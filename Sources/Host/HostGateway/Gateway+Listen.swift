// SPDX-License-Identifier: Apache-2.0

package import HostConfiguration
import HostTLS
package import NIOCore
import NIOPosix

extension Gateway {
  /// Begins to take connections. Returns the channels of the listener: one, or one for each loop that has a socket of
  /// its own.
  ///
  /// - Throws: the system's error when the address cannot be bound.
  package func listen(_ listener: Listener, group: any EventLoopGroup) async throws
    -> [any Channel]
  {
    if listener.isSecure { noteListener(listener) }
    guard listener.reusesPort else { return [try await bind(listener, listener.address, group)] }
    var channels: [any Channel] = []
    do {
      for worker in workers {
        // A port that the system has chosen for the first is that of all.
        let port = channels.first?.localAddress?.port ?? listener.address.port
        let address = Address(host: listener.address.host, port: port)
        channels.append(try await bind(listener, address, worker.eventLoop))
      }
    } catch {
      for channel in channels { channel.close(promise: nil) }
      throw error
    }
    return channels
  }

  private func bind(
    _ listener: Listener, _ address: Address, _ group: any EventLoopGroup
  ) async throws -> any Channel {
    var bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: Int32(listener.backlog))
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.autoRead, value: false)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(
        .tcpOption(ClientPolicy.unsentLimit.name), value: ClientPolicy.unsentLimit.bytes)
    if listener.reusesPort {
      bootstrap = bootstrap.serverChannelOption(
        ChannelOptions.Types.SocketOption(level: .socket, name: .init(rawValue: SO_REUSEPORT)),
        value: 1)
    }
    return
      try await bootstrap
      .childChannelInitializer { [self] channel in
        channel.eventLoop.makeCompletedFuture {
          try worker(of: channel).accept(channel, from: listener)
        }
      }
      .bind(host: address.host, port: address.port).get()
  }

  /// The worker on whose loop a connection is.
  func worker(of channel: any Channel) -> Worker {
    guard let worker = workers.first(where: { $0.eventLoop === channel.eventLoop }) else {
      preconditionFailure("connections are dealt to the workers' loops only")
    }
    return worker.value
  }
}

extension Worker {
  /// Takes a new connection of a listener.
  func accept(_ channel: any Channel, from listener: Listener) throws {
    let peer = try admit(
      channel, isSecure: listener.isSecure, readsProxyHeader: listener.acceptsProxyProtocol)
    guard let peer else { return }
    guard listener.isSecure else { return try serve(channel, ConnectionFacts(), peer) }
    try secure(channel, offeringHTTP2: listener.offersHTTP2) { [self] channel, facts in
      try serve(channel, facts, peer)
    }
  }

  /// Makes the pipeline of a connection whose first bytes of HTTP are to come: what was agreed on decides which version
  /// of HTTP it is, and in clear text the client's first bytes.
  func serve(_ channel: any Channel, _ facts: ConnectionFacts, _ peer: ClientPeer) throws {
    let negotiated = facts.isSecure ? facts.applicationProtocol ?? "http/1.1" : nil
    try ClientPipeline.install(negotiated, on: channel, worker: self, facts: facts, peer: peer)
  }
}
