// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import HostAdmin
import HostConfiguration
import HostGateway
import Logging
import NIOCore

/// What the gateway listens at: all of it, or nothing.
struct Listeners {
  private var clients: [Bound] = []
  private var admins: [Bound] = []
  private(set) var adminServers: [AdminServer] = []

  /// A listener, and what it was bound to.
  private struct Bound {
    var listener: Listener
    var channels: [any Channel]
  }

  /// - Throws: when one of the addresses cannot be bound; the error names it.
  init(
    for clientListeners: [Listener], admin adminListeners: [Listener], _ gateway: Gateway,
    _ routes: AdminRoutes, group: any EventLoopGroup,
    controlGroup: any EventLoopGroup, logger: Logger
  ) async throws {
    do {
      for listener in clientListeners {
        clients.append(
          try await Self.bind(listener) { try await gateway.listen($0, group: group) })
      }
      for listener in adminListeners {
        let bound = try await Self.bind(listener) { listener in
          let server = try await AdminServer(
            host: listener.address.host, port: listener.address.port,
            // Each loop that carries traffic has what TLS needs.
            group: listener.isSecure ? group : controlGroup, logger: logger,
            prepare: { if listener.isSecure { try gateway.secure($0) } },
            handler: { await routes($0) })
          adminServers.append(server)
          return [server.channel]
        }
        admins.append(bound)
      }
    } catch {
      await close()
      throw error
    }
  }

  private static func bind(
    _ listener: Listener, _ body: (Listener) async throws -> [any Channel]
  ) async throws -> Bound {
    do {
      var bound = Bound(listener: listener, channels: try await body(listener))
      bound.listener.address =
        Address(bound.channels.first?.localAddress) ?? listener.address
      return bound
    } catch let error as IOError {
      throw Unbound(
        description:
          "cannot listen at \(listener.address): \(String(cString: strerror(error.errnoCode)))")
    } catch {
      throw Unbound(description: "cannot listen at \(listener.address): \(error)")
    }
  }

  /// The addresses that were bound, with their options.
  var clientsConnectTo: String { Self.text(of: clients) }
  var adminsConnectTo: String { admins.isEmpty ? "off" : Self.text(of: admins) }

  private static func text(of bound: [Bound]) -> String {
    bound.map(\.listener.description).joined(separator: ", ")
  }

  /// Takes no more connections of clients.
  func close() async {
    for channel in clients.flatMap(\.channels) { try? await channel.close() }
  }
}

/// An address that cannot be listened at, and why.
private struct Unbound: Error, CustomStringConvertible {
  let description: String
}

/// Listeners of one option of the command line.
struct ListenerList: ExpressibleByArgument, Equatable {
  let listeners: [Listener]

  init(_ listeners: [Listener]) { self.listeners = listeners }

  init?(argument: String) {
    guard let listeners = try? Listener.list(parsing: argument) else { return nil }
    self.listeners = listeners
  }
}
