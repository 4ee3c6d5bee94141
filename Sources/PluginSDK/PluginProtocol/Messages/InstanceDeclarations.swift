// SPDX-License-Identifier: Apache-2.0

import CPluginMessages

/// A queue that an instance declares, as it crosses the wire. See `delivery.proto`; times are in microseconds, those of
/// destinations in milliseconds.
package struct QueueMessage: Equatable, Sendable {
  package enum Source: Equatable, Sendable {
    case value(String)
    /// A handle.
    case secret(String)
  }

  package struct HTTP: Equatable, Sendable {
    package var method = ""
    package var url = ""
    package var contentType = ""
    package var headers: [Header] = []
    package var timeout: UInt32 = 0
    package var keepalive: UInt32 = 0
    package var isArray = false
    package var isInsecure = false

    package init() {}
  }

  package struct Header: Equatable, Sendable {
    package var name: String
    package var source: Source

    package init(name: String, source: Source) {
      self.name = name
      self.source = source
    }
  }

  package struct TCP: Equatable, Sendable {
    package var host = ""
    package var port: UInt32 = 0
    package var timeout: UInt32 = 0
    package var keepalive: UInt32 = 0
    package var usesTLS = false
    package var serverName = ""
    package var isInsecure = false

    package init() {}
  }

  package struct Syslog: Equatable, Sendable {
    package var path = ""
    package var tag = ""
    package var facility: UInt32 = 0

    package init() {}
  }

  package enum Destination: Equatable, Sendable {
    case http(HTTP)
    case tcp(TCP)
    case syslog(Syslog)
    /// None, or one that this version does not know.
    case unknown
  }

  package var name = ""
  package var batchSize: UInt32 = 0
  package var coalescingDelay: UInt64 = 0
  package var maxEntries: UInt32 = 0
  package var maxBytes: UInt64 = 0
  package var initialRetryDelay: UInt64 = 0
  package var maxRetryDelay: UInt64 = 0
  package var maxRetryTime: UInt64 = 0
  package var retries = true
  package var concurrency: UInt32 = 0
  package var destination = Destination.unknown

  package init() {}
}

/// A metric that an instance declares, as it crosses the wire. See `metrics.proto`.
package struct MetricMessage: Equatable, Sendable {
  package enum Kind: UInt32, Sendable {
    case counter = 1
    case gauge, histogram
  }

  package var name: String
  /// Nil: one that this version does not know.
  package var kind: Kind?
  package var help: String
  package var buckets: [Double]

  package init(name: String, kind: Kind?, help: String, buckets: [Double] = []) {
    self.name = name
    self.kind = kind
    self.help = help
    self.buckets = buckets
  }
}

extension MetricMessage {
  init?(_ message: Patchbay__Plugin__V1__MetricDeclaration) {
    guard let name = String(field: message.name), let help = String(field: message.help) else {
      return nil
    }
    self.init(
      name: name, kind: Kind(rawValue: message.kind.rawValue), help: help,
      buckets: (0..<message.n_buckets).map { message.buckets[$0] })
  }

  func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__MetricDeclaration> {
    let message = arena.make { patchbay__plugin__v1__metric_declaration__init($0) }
    message.pointee.name = arena.string(name)
    message.pointee.kind.rawValue = kind?.rawValue ?? 0
    message.pointee.help = arena.string(help)
    message.pointee.n_buckets = buckets.count
    message.pointee.buckets = arena.array(of: Double.self, count: buckets.count)
    for (index, bound) in buckets.enumerated() { message.pointee.buckets[index] = bound }
    return message
  }
}
