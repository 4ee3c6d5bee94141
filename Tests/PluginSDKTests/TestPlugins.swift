// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Edits all that a request has.
struct EditingPlugin: Plugin, RequestPhase, RetryPhase, ResponsePhase {
  struct Config: DefaultedConfig {
    var key = Secret.handle("k1")
  }

  static let manifest = Manifest(name: "editing", version: "1.0.0")
  let config: Config
  init(config: Config, host: Host) { self.config = config }

  var requestInterest: Interest? {
    Interest(headers: .all, body: .whole(), variables: ["consumer"])
  }
  var retryInterest: Interest? { Interest() }
  var responseInterest: Interest? { Interest(headers: ["content-type"], body: .whole()) }

  mutating func request(_ request: inout Request) -> RequestReply {
    if request.path == "/forbidden" {
      return .respond(.json(#"{"message":"no"}"#, status: 403, headers: ["x-why": "test"]))
    }
    if request.path == "/too-much" {
      request.headers["x-large"] = String(repeating: "x", count: 300_000)
      return .proceed
    }
    request.method = "PUT"
    request.path = "/v2" + request.path
    request.query["debug"] = "1"
    request.query.set("key", config.key)
    request.target = Target(host: "api.test", port: 8443)
    request.headers.set("authorization", config.key)
    request.headers.add("x-many", "2")
    request.headers.remove("X-Gone")
    request.headers.setIfAbsent("x-there", "changed")
    request.headers["x-client"] = request.clientAddress
    request.headers["x-consumer"] = request.variables["consumer"]?.text
    request.body.replace(0..<5, with: "HELLO")
    request.body.insert("!", at: request.body.count)
    request.variables["llm.model"] = "small"
    request.variables["llm.tokens"] = 7
    request.logFields["editing.done"] = true
    request.metrics.count("edited", by: 2, ["kind": "request"])
    request.later.chunk = .copy
    request.later.response = .headOnly
    request.errorTemplate = ErrorTemplate(body: #"{"error":"{message}"}"#)
    return .proceed
  }

  mutating func retry(_ request: inout Request, after failure: FailedTry) -> RetryReply {
    guard failure.number < 2 else { return .giveUp }
    request.target = Target(scheme: "http", host: failure.reason)
    return .tryAgain
  }

  mutating func response(_ response: inout UpstreamResponse) -> ResponseReply {
    if response.status == 500 { return .respond(.text("sorry", status: 503)) }
    response.status = 201
    response.headers["x-type"] = response.headers["content-type"]
    response.body.replaceAll(with: response.body.text.uppercased())
    return .proceed
  }
}

extension Secret {
  /// A secret in a default value.
  fileprivate static func handle(_ name: String) -> Secret {
    do { return try JSONValue.string(name).decode(Secret.self) } catch {
      preconditionFailure("a string is a handle")
    }
  }
}

/// Upper-cases words and holds back unfinished ones; counts them in its state.
struct WordPlugin: Plugin, ChunkPhase, CompletePhase, Stateful {
  struct State: Codable { var words = 0 }

  static let manifest = Manifest(name: "words", version: "1.0.0")
  var state = State()
  init(config: NoConfig, host: Host) {}

  mutating func chunk(_ chunk: inout Chunk) -> ChunkReply {
    let text = Array(chunk.body.bytes)
    var end = text.count
    if !chunk.isLast {
      while end > 0, text[end - 1] != UInt8(ascii: " ") { end -= 1 }
    }
    let words = text[..<end].split(separator: UInt8(ascii: " "))
    state.words += words.count
    for word in words where word.first == UInt8(ascii: "x") {
      chunk.body.replace(word.indices, with: "<\(String(decoding: word, as: UTF8.self))>")
    }
    return end < text.count ? .hold(text.count - end) : .release
  }

  mutating func complete(_ exchange: inout CompletedExchange) {
    exchange.logFields["words.count"] = .int(state.words)
  }
}

/// Answers with a body that it makes piece by piece; calls host services.
struct ServicePlugin: Plugin, RequestPhase, ProducePhase, Stateful {
  struct State: Codable { var piece = 0 }

  static let manifest = Manifest(name: "service", version: "1.0.0", services: [.http, .kv])
  let host: Host
  var state = State()
  init(config: NoConfig, host: Host) { self.host = host }

  var requestInterest: Interest? { Interest(headers: ["x-mode"]) }

  mutating func request(_ request: inout Request) async throws -> RequestReply {
    switch request.headers["x-mode"] {
    case "http":
      let reply = try await host.http.send(
        HTTPRequest(method: "POST", url: "https://a.test/x", body: Array("ping".utf8)))
      return .respond(.text("\(reply.status) \(reply.body.text)"))
    case "parallel":
      async let one = host.kv.set("one", Array("1".utf8))
      async let two = host.kv.set("two", Array("2".utf8))
      _ = try await (one, two)
      let value = try await host.kv.get("two")
      return .respond(.text(value?.value.text ?? "nothing"))
    case "compare":
      let first = try await host.kv.compareAndSet("c", [1], version: 0)
      let second = try await host.kv.compareAndSet("c", [2], version: 0)
      return .respond(.text("\(first != nil) \(second != nil)"))
    case "sleep":
      try await host.sleep(for: .seconds(3600))
      return .respond(.text("slept"))
    case "metric":
      host.metric.count("calls")
      host.log.info("measured")
      return .proceed
    case "detached":
      let host = host
      let result = await Task.detached { try await host.kv.get("x") }.result
      guard case .failure(let error) = result else { return .proceed }
      throw error
    case "unread":
      return .respond(.text(request.headers["x-other"] ?? "nothing"))
    case "throw": throw CallError(code: "teapot", message: "I am one")
    case "leak": throw Leaky(secret: "hunter2")
    case "overlap":
      request.body.replace(0..<1, with: "x")
      return .proceed
    case "inject": request.headers["x-a"] = "1\r\nx-b: 2"
    case "name": request.headers["x a"] = "1"
    case "status": return .respond(Response(status: 99))
    case "file": request.write("line", to: "/nowhere")
    default: return .produce(headers: ["content-type": "text/plain"])
    }
    return .proceed
  }

  mutating func produce(_ pull: inout Pull) async throws -> ProduceReply {
    defer { state.piece += 1 }
    try await host.sleep(for: .milliseconds(10))
    return state.piece < 3 ? .text("piece \(state.piece);") : .end
  }

  struct Leaky: Error { let secret: String }
}
