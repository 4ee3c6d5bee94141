// SPDX-License-Identifier: Apache-2.0

import CPluginMessages

extension QueueMessage {
  init?(_ message: Patchbay__Plugin__V1__DeliveryQueue) {
    guard let name = String(field: message.name) else { return nil }
    self.name = name
    batchSize = message.max_batch_size
    coalescingDelay = message.max_coalescing_delay_us
    maxEntries = message.max_entries
    maxBytes = message.max_bytes
    initialRetryDelay = message.initial_retry_delay_us
    maxRetryDelay = message.max_retry_delay_us
    maxRetryTime = message.max_retry_time_us
    retries = message.no_retries == 0
    concurrency = message.concurrency
    switch message.destination_case {
    case PATCHBAY__PLUGIN__V1__DELIVERY_QUEUE__DESTINATION_HTTP:
      guard let http = message.http?.pointee, let value = HTTP(http) else { return nil }
      destination = .http(value)
    case PATCHBAY__PLUGIN__V1__DELIVERY_QUEUE__DESTINATION_TCP:
      guard let tcp = message.tcp?.pointee, let value = TCP(tcp) else { return nil }
      destination = .tcp(value)
    case PATCHBAY__PLUGIN__V1__DELIVERY_QUEUE__DESTINATION_SYSLOG:
      guard let syslog = message.syslog?.pointee, let value = Syslog(syslog) else { return nil }
      destination = .syslog(value)
    default: destination = .unknown
    }
  }

  func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__DeliveryQueue> {
    let message = arena.make { patchbay__plugin__v1__delivery_queue__init($0) }
    message.pointee.name = arena.string(name)
    message.pointee.max_batch_size = batchSize
    message.pointee.max_coalescing_delay_us = coalescingDelay
    message.pointee.max_entries = maxEntries
    message.pointee.max_bytes = maxBytes
    message.pointee.initial_retry_delay_us = initialRetryDelay
    message.pointee.max_retry_delay_us = maxRetryDelay
    message.pointee.max_retry_time_us = maxRetryTime
    message.pointee.no_retries = retries ? 0 : 1
    message.pointee.concurrency = concurrency
    switch destination {
    case .http(let http):
      message.pointee.destination_case = PATCHBAY__PLUGIN__V1__DELIVERY_QUEUE__DESTINATION_HTTP
      message.pointee.http = http.message(in: arena)
    case .tcp(let tcp):
      message.pointee.destination_case = PATCHBAY__PLUGIN__V1__DELIVERY_QUEUE__DESTINATION_TCP
      message.pointee.tcp = tcp.message(in: arena)
    case .syslog(let syslog):
      message.pointee.destination_case = PATCHBAY__PLUGIN__V1__DELIVERY_QUEUE__DESTINATION_SYSLOG
      message.pointee.syslog = syslog.message(in: arena)
    case .unknown: break
    }
    return message
  }
}

extension QueueMessage.HTTP {
  fileprivate init?(_ message: Patchbay__Plugin__V1__HttpDestination) {
    guard let method = String(field: message.method), let url = String(field: message.url),
      let contentType = String(field: message.content_type)
    else { return nil }
    self.method = method
    self.url = url
    self.contentType = contentType
    for index in 0..<message.n_headers {
      guard let header = message.headers[index]?.pointee, let name = String(field: header.name)
      else { return nil }
      let isSecret =
        header.source_case == PATCHBAY__PLUGIN__V1__DESTINATION_HEADER__SOURCE_SECRET
      guard let text = String(field: isSecret ? header.secret : header.value) else { return nil }
      headers.append(
        QueueMessage.Header(name: name, source: isSecret ? .secret(text) : .value(text)))
    }
    timeout = message.timeout_ms
    keepalive = message.keepalive_ms
    isArray = message.json_array != 0
    isInsecure = message.insecure != 0
  }

  fileprivate func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__HttpDestination> {
    let message = arena.make { patchbay__plugin__v1__http_destination__init($0) }
    message.pointee.method = arena.string(method)
    message.pointee.url = arena.string(url)
    message.pointee.content_type = arena.string(contentType)
    (message.pointee.headers, message.pointee.n_headers) = arena.messages(headers) { header in
      let value = arena.make { patchbay__plugin__v1__destination_header__init($0) }
      value.pointee.name = arena.string(header.name)
      switch header.source {
      case .value(let text):
        value.pointee.source_case = PATCHBAY__PLUGIN__V1__DESTINATION_HEADER__SOURCE_VALUE
        value.pointee.value = arena.string(text)
      case .secret(let handle):
        value.pointee.source_case = PATCHBAY__PLUGIN__V1__DESTINATION_HEADER__SOURCE_SECRET
        value.pointee.secret = arena.string(handle)
      }
      return value
    }
    message.pointee.timeout_ms = timeout
    message.pointee.keepalive_ms = keepalive
    message.pointee.json_array = isArray ? 1 : 0
    message.pointee.insecure = isInsecure ? 1 : 0
    return message
  }
}

extension QueueMessage.TCP {
  fileprivate init?(_ message: Patchbay__Plugin__V1__TcpDestination) {
    guard let host = String(field: message.host),
      let serverName = String(field: message.server_name)
    else { return nil }
    self.host = host
    self.serverName = serverName
    port = message.port
    timeout = message.timeout_ms
    keepalive = message.keepalive_ms
    usesTLS = message.tls != 0
    isInsecure = message.insecure != 0
  }

  fileprivate func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__TcpDestination> {
    let message = arena.make { patchbay__plugin__v1__tcp_destination__init($0) }
    message.pointee.host = arena.string(host)
    message.pointee.port = port
    message.pointee.timeout_ms = timeout
    message.pointee.keepalive_ms = keepalive
    message.pointee.tls = usesTLS ? 1 : 0
    message.pointee.server_name = arena.string(serverName)
    message.pointee.insecure = isInsecure ? 1 : 0
    return message
  }
}

extension QueueMessage.Syslog {
  fileprivate init?(_ message: Patchbay__Plugin__V1__SyslogDestination) {
    guard let path = String(field: message.path), let tag = String(field: message.tag) else {
      return nil
    }
    self.path = path
    self.tag = tag
    facility = message.facility
  }

  fileprivate func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__SyslogDestination> {
    let message = arena.make { patchbay__plugin__v1__syslog_destination__init($0) }
    message.pointee.path = arena.string(path)
    message.pointee.tag = arena.string(tag)
    message.pointee.facility = facility
    return message
  }
}
