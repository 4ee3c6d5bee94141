// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// One entry of the configuration, in one generation: the value that exchanges copy.
class Instance {
  let handlers: PhaseHandlers
  let stateCoder: StateCoder?
  let outlets: Outlets
  let queues: [QueueMessage]
  let metrics: [MetricMessage]
  let subscriptions: [Subscription]
  /// Whether the manifest names the service `sign`.
  let mayAuthorize: Bool
  /// Whether the manifest names the service `consumers`.
  let mayAuthenticate: Bool
  /// The state before the first call, which the host need not be told.
  private(set) var initialState = CommittedState()

  fileprivate init(_ plugin: some Plugin, _ definition: PluginDefinition) {
    handlers = definition.handlers
    stateCoder = definition.stateCoder
    let queues = plugin.queues
    outlets = Outlets(logFiles: plugin.logFiles, queues: queues.map(\.name))
    self.queues = queues.map(\.message)
    metrics = type(of: plugin).metrics.map(\.message)
    mayAuthorize = definition.manifest.services.contains(.sign)
    mayAuthenticate = definition.manifest.services.contains(.consumers)
    subscriptions = Subscription.all(of: plugin)
  }

  static func make(
    _ plugin: some Plugin, _ definition: PluginDefinition, _ loop: EventLoop
  ) -> Instance {
    let instance = PluginInstance(plugin, definition)
    if let stateCoder = definition.stateCoder {
      let untouched = instance.open(stream: 0, on: loop, link: nil)
      // One that cannot be encoded fails the first call, which tells why.
      if let state = try? stateCoder.changed(untouched) { instance.initialState = state }
    }
    return instance
  }

  func subscription(_ phase: Phase?) -> Subscription? {
    subscriptions.first { $0.phase == phase }
  }

  /// A copy of the value for a new exchange.
  func open(stream: UInt32, on loop: EventLoop, link: (any ExchangeLink)?) -> Exchange {
    preconditionFailure("the subclass knows the plugin's type")
  }
}

private final class PluginInstance<P: Plugin>: Instance {
  private let plugin: P

  init(_ plugin: P, _ definition: PluginDefinition) {
    self.plugin = plugin
    super.init(plugin, definition)
  }

  override func open(
    stream: UInt32, on loop: EventLoop, link: (any ExchangeLink)?
  ) -> Exchange {
    PluginExchange(plugin: plugin, instance: self, stream: stream, loop: loop, link: link)
  }
}
