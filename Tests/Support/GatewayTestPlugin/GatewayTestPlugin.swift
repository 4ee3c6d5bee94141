// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// A plugin that does what its config says, for the tests of the gateway.
@main
struct GatewayTestPlugin: Plugin, RequestPhase, RetryPhase, ResponsePhase, ChunkPhase {
  enum Task: String, Codable, Sendable {
    case nothing, fetch, count, hang, fail, retry, markJSON, shout, tally, tallyPieces, fill
    case measure, reach
  }

  struct Config: DefaultedConfig {
    var does = Task.nothing
    var url = ""
    var key: Secret?
    var port = 0
    /// Of `reach`.
    var proxyHost = ""
    var proxyPort = 0
    var verifies = true
    /// Where the key goes in the body; below zero: nowhere.
    var keyOffset = -1
  }

  static let manifest = Manifest(
    name: "gateway-test", version: "1.0.0", priority: 900, services: [.http, .kv, .counter])

  let config: Config
  let host: Host

  init(config: Config, host: Host) {
    self.config = config
    self.host = host
  }

  // MARK: - Request

  var requestInterest: Interest? {
    switch config.does {
    case .fetch, .reach: Interest(body: .whole())
    case .count, .hang, .fail, .tally, .tallyPieces, .fill: Interest()
    case .nothing, .retry, .markJSON, .shout, .measure: nil
    }
  }

  mutating func request(_ request: inout Request) async throws -> RequestReply {
    switch config.does {
    case .fetch: return .respond(try await fetch(Array(request.body.bytes)))
    case .reach: return .respond(try await reach(Array(request.body.bytes)))
    case .count:
      request.headers["x-count"] = String(try await count())
      host.metric.count("test_counts", ["by": "test"])
      host.metric.gauge("test_last", 7)
      host.log.info("counted")
    case .hang: try await host.sleep(for: .seconds(3600))
    case .fail: throw CallError(code: "test-failure", message: "asked for by a test")
    case .tally:
      let calls = try await host.counter.add("calls")
      _ = try await count()
      try await witness(String(calls.value))
      request.headers["x-count"] = String(calls.value)
    case .tallyPieces:
      let pieces = try await host.counter.get("pieces", window: Self.era)
      request.headers["x-count"] = String(pieces.value)
    case .fill:
      for _ in 0..<2000 { try await host.counter.add("calls") }
    case .nothing, .retry, .markJSON, .shout, .measure: break
    }
    return .proceed
  }

  /// A window that no test sees the end of.
  private static let era = Duration.seconds(1 << 33)

  /// Tells the test where the call stands, and waits for its leave to go on.
  private func witness(_ message: String) async throws {
    _ = try await host.http.send(
      HTTPRequest(method: "POST", url: config.url, body: Array(message.utf8)))
  }

  private func fetch(_ body: [UInt8]) async throws -> Response {
    var request = HTTPRequest(method: "POST", url: config.url, body: body)
    if let key = config.key { request.headers.set("authorization", key) }
    let response = try await host.http.send(request)
    return Response(status: response.status, body: Array(response.body))
  }

  /// Tells of a failure, too.
  private func reach(_ body: [UInt8]) async throws -> Response {
    var request = HTTPRequest(method: "POST", url: config.url, body: body)
    if !config.proxyHost.isEmpty {
      request.proxy = ForwardProxy(host: config.proxyHost, port: config.proxyPort)
    }
    request.verifiesCertificate = config.verifies
    if let key = config.key, config.keyOffset >= 0 {
      request.insert(key, at: config.keyOffset, inJSONString: true)
    }
    do {
      let response = try await host.http.send(request)
      return Response(status: response.status, body: Array(response.body))
    } catch let error as HostError {
      return .text(error.description, status: 599)
    }
  }

  /// Counts in the store, whoever else does at the same time.
  private func count() async throws -> Int {
    while true {
      let entry = try await host.kv.get("count")
      let next = (entry.flatMap { Int($0.value.text) } ?? 0) + 1
      let written = try await host.kv.compareAndSet(
        "count", Array(String(next).utf8), version: entry?.version ?? 0)
      if written != nil { return next }
    }
  }

  // MARK: - Retry

  var retryInterest: Interest? { config.does == .retry ? Interest() : nil }

  mutating func retry(_ request: inout Request, after failure: FailedTry) -> RetryReply {
    guard failure.number == 1 else { return .giveUp }
    request.target = Target(scheme: "http", host: "127.0.0.1", port: config.port)
    request.headers["x-failed"] = failure.reason
    return .tryAgain
  }

  // MARK: - Response

  var responseInterest: Interest? {
    switch config.does {
    case .markJSON: Interest(when: When(contentTypes: ["application/json"]))
    case .measure: Interest(headers: ["*"], body: .whole())
    default: nil
    }
  }

  mutating func response(_ response: inout UpstreamResponse) -> ResponseReply {
    guard config.does == .markJSON else {
      let coding = response.headers["content-encoding"] ?? "none"
      response.headers["x-seen"] = "\(response.body.count) bytes, coding: \(coding)"
      return .proceed
    }
    response.headers["x-seen"] = "json"
    return .proceed
  }

  var chunkInterest: ChunkInterest? {
    config.does == .shout || config.does == .tallyPieces ? ChunkInterest(.transform) : nil
  }

  mutating func chunk(_ chunk: inout Chunk) async throws -> ChunkReply {
    if config.does == .tallyPieces, chunk.body.count > 0 {
      let pieces = try await host.counter.add("pieces", window: Self.era)
      try await witness(String(pieces.value))
    }
    chunk.body.replaceAll(with: chunk.body.text.uppercased())
    return .release
  }
}
