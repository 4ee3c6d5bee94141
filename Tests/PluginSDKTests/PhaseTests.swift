// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

struct PhaseTests {
  @Test func `edits of a request travel as differences`() async throws {
    let harness = try await PluginHarness(EditingPlugin.self)
    var request = TestRequest.post(
      "/chat?a=b", headers: ["x-many": "1", "x-gone": "x", "x-there": "kept"], body: "hello world")
    request.clientAddress = "192.0.2.7"
    let exchange = try await harness.exchange(request)
    await exchange.set("consumer", "ann")
    let result = try await exchange.request()
    #expect(result.request.method == "PUT")
    #expect(result.request.path == "/v2/chat?a=b&debug=1&key=(secret)")
    #expect(result.request.target == Target(host: "api.test", port: 8443))
    #expect(result.request.headers.values("x-many") == ["1", "2"])
    #expect(result.request.headers["x-gone"] == nil)
    #expect(result.request.headers["x-there"] == "kept")
    #expect(result.request.headers["x-client"] == "192.0.2.7")
    #expect(result.request.headers["x-consumer"] == "ann")
    #expect(result.request.headers["authorization"] == "(secret)")
    #expect(result.request.text == "HELLO world!")
    #expect(
      result.splices == [
        CallResult.Splice(offset: 0, delete: 5, insert: "HELLO"),
        CallResult.Splice(offset: 11, delete: 0, insert: "!"),
      ])
    #expect(result.variables == ["llm.model": "small", "llm.tokens": 7])
    #expect(result.logFields == ["editing.done": true])
    #expect(
      result.metrics == [
        CallResult.Measurement(name: "edited", value: 2, labels: ["kind": "request"])
      ])
    #expect(result.later.chunk == .copy)
    #expect(result.later.response == .headOnly)
    #expect(result.errorTemplate?.body == #"{"error":"{message}"}"#)
    #expect(!result.responded)
  }

  @Test func `a request can be answered`() async throws {
    let harness = try await PluginHarness(EditingPlugin.self)
    let result = try await harness.exchange(.get("/forbidden")).request()
    #expect(result.responded)
    #expect(result.response?.status == 403)
    #expect(result.response?.text == #"{"message":"no"}"#)
    #expect(result.response?.headers["content-type"] == "application/json; charset=utf-8")
    #expect(result.response?.headers["x-why"] == "test")
  }

  @Test func `edits that are larger than the host takes fail the call, not the process`()
    async throws
  {
    let harness = try await PluginHarness(EditingPlugin.self)
    let exchange = try await harness.exchange(.get("/too-much"))
    await #expect(throws: CallError.self) { try await exchange.request() }
    let result = try await harness.exchange(.get("/forbidden")).request()
    #expect(result.responded)
  }

  @Test func `a retry chooses a target, then gives up`() async throws {
    let exchange = try await PluginHarness(EditingPlugin.self).exchange(.get("/"))
    let first = try await exchange.retry(number: 1, reason: "timeout")
    #expect(first.request.target == Target(scheme: "http", host: "timeout"))
    #expect(!first.gaveUp)
    #expect(try await exchange.retry(number: 2).gaveUp)
  }

  @Test func `a response is edited or replaced`() async throws {
    let exchange = try await PluginHarness(EditingPlugin.self).exchange(.get("/"))
    let edited = try await exchange.response(
      TestResponse(headers: ["content-type": "text/x", "x-hidden": "1"], text: "AbC"))
    #expect(edited.response?.status == 201)
    #expect(edited.response?.headers["x-type"] == "text/x")
    #expect(edited.response?.text == "ABC")
    // Only what differs is sent.
    #expect(edited.splices == [CallResult.Splice(offset: 1, delete: 1, insert: "B")])
    let replaced = try await exchange.response(TestResponse(status: 500, text: ""))
    #expect(replaced.responded)
    #expect(replaced.response?.status == 503)
  }

  @Test(arguments: 1...20)
  func `a stream is the same however it is cut, and wherever the process dies`(
    size: Int
  ) async throws {
    let body = Array("ab xcd e xf gh xij".utf8)
    let harness = try await PluginHarness(WordPlugin.self)
    let exchange = try await harness.exchange(.get("/"))
    let whole = try await exchange.stream(body, piecesOf: size)
    #expect(String(decoding: whole, as: UTF8.self) == "ab <xcd> e <xf> gh <xij>")
    #expect(try await exchange.complete().logFields["words.count"] == 6)

    let moving = try await harness.exchange(.get("/"))
    var moved: [UInt8] = []
    for start in stride(from: 0, to: body.count, by: size) {
      let piece = body[start..<min(start + size, body.count)]
      moved += try await moving.chunk(piece, isLast: piece.endIndex == body.count).released
      try await moving.move()
    }
    #expect(moved == whole)
    #expect(try await moving.complete().logFields["words.count"] == 6)
  }

  @Test func `the state is sent when it changed`() async throws {
    let exchange = try await PluginHarness(WordPlugin.self).exchange(.get("/"))
    #expect(try await exchange.chunk(Array("abc".utf8)).checkpoint == nil)
    #expect(try await exchange.chunk(Array(" ".utf8)).checkpoint == #"{"words":1}"#)
    #expect(try await exchange.chunk(Array("d".utf8)).checkpoint == nil)
  }

  @Test func `a produced body is pulled piece by piece, over a move too`() async throws {
    let exchange = try await PluginHarness(ServicePlugin.self).exchange(.get("/"))
    let start = try await exchange.request()
    #expect(start.produces)
    #expect(start.response?.headers["content-type"] == "text/plain")
    let first = try await exchange.produce()
    #expect(first.released == Array("piece 0;".utf8))
    try await exchange.move()
    let rest = try await exchange.produceAll()
    #expect(String(decoding: rest, as: UTF8.self) == "piece 1;piece 2;")
  }

  @Test func `exchanges have values of their own`() async throws {
    let harness = try await PluginHarness(WordPlugin.self)
    let (one, two) = (
      try await harness.exchange(.get("/")), try await harness.exchange(.get("/"))
    )
    _ = try await one.stream(Array("a b c".utf8), piecesOf: 2)
    _ = try await two.stream(Array("a".utf8), piecesOf: 2)
    #expect(try await one.complete().logFields["words.count"] == 3)
    #expect(try await two.complete().logFields["words.count"] == 1)
  }

  @Test func `a megabyte crosses within the credit`() async throws {
    let harness = try await PluginHarness(EditingPlugin.self)
    let body = "hello" + String(repeating: "x", count: 1 << 20)
    let sent = try await harness.exchange(.post("/", body: body)).request()
    #expect(sent.request.body.count == body.utf8.count + 1)
    #expect(sent.splices.count == 2)
    let answer = try await harness.exchange(.get("/")).response(
      TestResponse(text: String(repeating: "y", count: 3 << 20)))
    #expect(answer.response?.body == Array(repeating: UInt8(ascii: "Y"), count: 3 << 20))
  }
}
