// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// Where what an instance says goes: replies name its files and queues by their places here.
struct Outlets {
  /// See ``Plugin/logFiles``.
  var logFiles: [String] = []
  /// The names of ``Plugin/queues``.
  var queues: [String] = []
}

extension DeliveryQueue {
  /// As it crosses the wire.
  var message: QueueMessage {
    var message = QueueMessage()
    message.name = name
    message.batchSize = UInt32(clamping: options.batchSize)
    message.coalescingDelay = options.coalescingDelay.wholeMicroseconds
    message.maxEntries = UInt32(clamping: options.maxEntries)
    message.maxBytes = UInt64(clamping: options.maxBytes ?? 0)
    message.initialRetryDelay = options.initialRetryDelay.wholeMicroseconds
    message.maxRetryDelay = options.maxRetryDelay.wholeMicroseconds
    message.maxRetryTime = options.maxRetryTime?.wholeMicroseconds ?? 0
    message.retries = options.maxRetryTime != nil
    message.concurrency = UInt32(clamping: options.concurrency)
    message.destination =
      switch destination {
      case .http(let http): .http(http.message)
      case .tcp(let tcp): .tcp(tcp.message)
      case .syslog(let syslog): .syslog(syslog.message)
      }
    return message
  }
}

extension HTTPDestination {
  fileprivate var message: QueueMessage.HTTP {
    var message = QueueMessage.HTTP()
    message.method = method
    message.url =
      switch address {
      case .url(let url): url
      case .secret(let secret): secret.handle
      }
    message.contentType = contentType
    message.headers = headers.map { header in
      switch header.value {
      case .text(let text): QueueMessage.Header(name: header.name, source: .value(text))
      case .secret(let secret):
        QueueMessage.Header(name: header.name, source: .secret(secret.handle))
      }
    }
    message.timeout = UInt32(clamping: timeout.wholeMilliseconds)
    message.keepalive = UInt32(clamping: keepalive.wholeMilliseconds)
    message.isArray = isArray
    message.isInsecure = !verifies
    return message
  }
}

extension TCPDestination {
  fileprivate var message: QueueMessage.TCP {
    var message = QueueMessage.TCP()
    message.host = host
    message.port = UInt32(clamping: port)
    message.timeout = UInt32(clamping: timeout.wholeMilliseconds)
    message.keepalive = UInt32(clamping: keepalive.wholeMilliseconds)
    message.usesTLS = usesTLS
    message.serverName = serverName ?? ""
    message.isInsecure = !verifies
    return message
  }
}

extension SyslogDestination {
  fileprivate var message: QueueMessage.Syslog {
    var message = QueueMessage.Syslog()
    message.path = path ?? ""
    message.tag = tag
    message.facility = UInt32(clamping: facility)
    return message
  }
}

extension MetricDeclaration {
  /// As it crosses the wire.
  var message: MetricMessage {
    MetricMessage(name: name, kind: kind.wire, help: help, buckets: buckets)
  }
}

extension MetricDeclaration.Kind {
  /// As it crosses the wire: in declarations and, by the same numbers, in measurements.
  var wire: MetricMessage.Kind {
    switch self {
    case .counter: .counter
    case .gauge: .gauge
    case .histogram: .histogram
    }
  }
}
