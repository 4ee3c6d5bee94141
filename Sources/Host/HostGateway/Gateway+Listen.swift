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
    guard listener.isSecure else {
      // By prior knowledge: the client's first bytes tell.
      return try ClientPipeline.install(
        nil, on: channel, worker: self, facts: ConnectionFacts())
    }
    try secure(channel, offeringHTTP2: listener.offersHTTP2) { [self] channel, facts in
      // Who agrees on nothing speaks HTTP/1.1: over TLS there is no other way to HTTP/2 (RFC 9113, 3.3).
      try ClientPipeline.install(
        facts.applicationProtocol ?? "http/1.1", on: channel, worker: self, facts: facts)
    }
  }
}
