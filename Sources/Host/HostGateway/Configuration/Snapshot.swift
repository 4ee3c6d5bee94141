// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostPools
import HostRouting

/// One accepted configuration as the event loops use it: immutable, shared by all of them, swapped as one pointer.
final class Snapshot: Sendable {
  let generation: UInt64
  let routes: RouteTable
  /// By the index that the table answers with.
  let destinations: [Destination]
  let limits: Limits
  let secrets: SecretTable
  let consumers: ConsumerDirectory

  /// What a client may send.
  struct Limits: Sendable {
    /// Bytes of a request's body that the host holds for plugins, and passes on at most.
    var requestBody = 8 << 20
    /// Bytes of a response's body that the host holds for plugins.
    var responseBody = 64 << 20
    /// Bytes of a request's body that are kept when they go on, for another try.
    var retryBody = 64 << 10
  }

  init(
    generation: UInt64, routes: RouteTable, destinations: [Destination], limits: Limits,
    secrets: SecretTable, consumers: ConsumerDirectory
  ) {
    self.generation = generation
    self.routes = routes
    self.destinations = destinations
    self.limits = limits
    self.secrets = secrets
    self.consumers = consumers
  }
}

extension Snapshot {
  /// Before a configuration is accepted: no route leads anywhere.
  static var empty: Snapshot {
    Snapshot(
      generation: 0, routes: RouteTable([]), destinations: [], limits: Limits(),
      secrets: SecretTable(), consumers: ConsumerDirectory(GatewayConfiguration(), accepted: 0))
  }
}
