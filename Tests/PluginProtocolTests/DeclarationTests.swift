// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginProtocol

/// What an instance declares crosses the wire as it is.
struct DeclarationTests {
  private func sent(_ instance: ControlMessage.Configured.Instance) throws
    -> ControlMessage.Configured.Instance?
  {
    let frame = ControlMessage.configured(.init(generation: 1, instances: [instance])).frame()
    let message = try frame.withUnsafeBytes {
      try ControlMessage(
        .configured, UnsafeRawBufferPointer(rebasing: $0[FrameHeader.size...]))
    }
    guard case .configured(let configured) = message else { return nil }
    return configured.instances.first
  }

  @Test func `queues arrive as they were declared`() throws {
    var queue = QueueMessage()
    queue.name = "q"
    queue.batchSize = 2
    queue.coalescingDelay = 3
    queue.maxEntries = 4
    queue.maxBytes = 5
    queue.initialRetryDelay = 6
    queue.maxRetryDelay = 7
    queue.maxRetryTime = 8
    queue.retries = false
    queue.concurrency = 9
    var http = QueueMessage.HTTP()
    http.method = "PUT"
    http.url = "http://a"
    http.contentType = "text/plain"
    http.headers = [
      .init(name: "a", source: .value("b")), .init(name: "c", source: .secret("handle")),
    ]
    http.timeout = 1
    http.keepalive = 2
    http.isArray = true
    http.isInsecure = true
    var tcp = QueueMessage.TCP()
    tcp.host = "h"
    tcp.port = 1
    tcp.timeout = 2
    tcp.keepalive = 3
    tcp.usesTLS = true
    tcp.serverName = "s"
    tcp.isInsecure = true
    var syslog = QueueMessage.Syslog()
    syslog.path = "/p"
    syslog.tag = "t"
    syslog.facility = 3
    let destinations: [QueueMessage.Destination] = [
      .http(http), .tcp(tcp), .syslog(syslog), .unknown,
    ]
    let queues = destinations.map { destination in
      var copy = queue
      copy.destination = destination
      return copy
    }
    let instance = ControlMessage.Configured.Instance(
      instance: 1, subscriptions: [], diagnostics: [], queues: queues)
    #expect(try sent(instance) == instance)
  }

  @Test func `metrics arrive as they were declared`() throws {
    let instance = ControlMessage.Configured.Instance(
      instance: 1, subscriptions: [], diagnostics: [],
      metrics: [
        MetricMessage(name: "a", kind: .counter, help: "A."),
        MetricMessage(name: "b", kind: .gauge, help: ""),
        MetricMessage(name: "c", kind: .histogram, help: "C.", buckets: [0.5, 1, 1e9]),
        MetricMessage(name: "d", kind: nil, help: "of a later version"),
      ])
    #expect(try sent(instance) == instance)
  }
}
