// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostConfiguration
import NIOCore

extension Address {
  /// The address that a socket was bound to.
  init?(_ socket: SocketAddress?) {
    guard let socket, let host = socket.ipAddress, let port = socket.port else { return nil }
    self.init(host: host, port: port)
  }
}

extension Address: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}
