// SPDX-License-Identifier: Apache-2.0

import HostServices
import NIOCore
import PluginProtocol
import Testing

@testable import HostConfiguration
@testable import HostGateway

struct DeliveryTargetTests {
  private func plugin(_ members: [(String, String)]) -> PluginInstance {
    var plugin = PluginInstance()
    plugin.id = "id"
    plugin.name = "a-log"
    plugin.config = ConfigurationValue(
      .object(members.map { .init(name: $0.0, value: ConfigurationValue(.string($0.1))) }))
    return plugin
  }

  private func http(_ url: String, _ change: (inout QueueMessage.HTTP) -> Void = { _ in })
    -> QueueMessage
  {
    var http = QueueMessage.HTTP()
    http.method = "POST"
    http.url = url
    http.contentType = "application/json"
    change(&http)
    var queue = QueueMessage()
    queue.name = "q"
    queue.destination = .http(http)
    return queue
  }

  private func problem(
    _ queue: QueueMessage, _ plugin: PluginInstance, _ secrets: SecretTable = SecretTable()
  ) -> String? {
    do throws(DeliveryTarget.Problem) {
      _ = try DeliveryTarget(queue, of: plugin, secrets: secrets, generation: 1)
      return nil
    } catch {
      return "\(error.pointer) \(error.message)"
    }
  }

  @Test func `entries go only where the config says`() {
    let known = plugin([("http_endpoint", "http://logs.example/x"), ("host", "h")])
    #expect(problem(http("http://logs.example/x"), known) == nil)
    #expect(problem(http("http://evil.example/x"), known)?.contains("does not name") == true)
    var tcp = QueueMessage()
    var line = QueueMessage.TCP()
    line.host = "h"
    line.port = 1
    tcp.destination = .tcp(line)
    #expect(problem(tcp, known) == nil)
    line.host = "other"
    tcp.destination = .tcp(line)
    #expect(problem(tcp, known)?.contains("does not name") == true)
    line.host = "h"
    line.port = 0
    tcp.destination = .tcp(line)
    #expect(problem(tcp, known)?.contains("port 0") == true)
    var syslog = QueueMessage()
    var log = QueueMessage.Syslog()
    syslog.destination = .syslog(log)
    #expect(problem(syslog, known) == nil, "the machine's own")
    log.path = "/etc/passwd"
    syslog.destination = .syslog(log)
    #expect(problem(syslog, known)?.contains("does not name") == true)
    log.path = ""
    log.facility = 24
    syslog.destination = .syslog(log)
    #expect(problem(syslog, known)?.contains("facility 24") == true)
    #expect(problem(QueueMessage(), known)?.contains("does not know") == true)
  }

  @Test func `a URL that is none is told with its place`() {
    let wrong = plugin([("http_endpoint", "ftp://x")])
    #expect(problem(http("ftp://x"), wrong) == "/http_endpoint missing host in url")
    let right = plugin([("http_endpoint", "http://x")])
    #expect(problem(http("http://x") { $0.method = "GET" }, right)?.contains("POST") == true)
    #expect(
      problem(http("http://x") { $0.headers = [.init(name: "a b", source: .value("c"))] }, right)
        == " the header 'a b' cannot be sent: bad-header-name")
    #expect(
      problem(http("http://x") { $0.headers = [.init(name: "a", source: .secret("no"))] }, right)
        != nil, "a handle that is not this plugin's")
  }

  @Test func `parameters stay within the host's limits`() {
    var queue = QueueMessage()
    queue.maxBytes = .max
    queue.concurrency = 1000
    queue.maxRetryTime = .max
    let parameters = DeliveryParameters(queue)
    #expect(parameters.maxBytes == DeliveryParameters.byteLimit)
    #expect(parameters.concurrency == DeliveryParameters.concurrencyLimit)
    #expect(parameters.maxRetryTime == .max && parameters.batchSize == 1)
    #expect(parameters.maxEntries == 10_000)
    #expect(DeliveryParameters(http("x") { $0.isArray = false }).batchSize == 1)
  }

  @Test func `a message for syslog is as the C library writes it`() throws {
    var message = QueueMessage.Syslog()
    message.tag = "kong"
    message.facility = 19
    let destination = try SyslogDestination(message, of: plugin([]))
    let bytes = SyslogMessage.bytes(
      DeliveryEntry(ByteBuffer(string: "{}"), severity: 3), destination, pid: 42, seconds: 0)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.hasPrefix("<155>"))
    #expect(
      text.wholeMatch(of: /<155>[A-Z][a-z]{2} [ 0-3]\d \d\d:\d\d:\d\d kong\[42\]: \{\}/) != nil)
  }
}
