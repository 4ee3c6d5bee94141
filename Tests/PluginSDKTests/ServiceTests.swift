// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

struct ServiceTests {
  private func harness() async throws -> PluginHarness<ServicePlugin> {
    try await PluginHarness(ServicePlugin.self)
  }

  private func request(_ mode: String) -> TestRequest { .get("/", headers: ["x-mode": mode]) }

  @Test func `HTTP goes through the host`() async throws {
    let harness = try await harness()
    harness.answerHTTP { request in
      TestResponse(status: 299, text: "\(request.method) \(request.url) \(request.text)")
    }
    let result = try await harness.exchange(request("http")).request()
    #expect(result.response?.text == "299 POST https://a.test/x ping")
  }

  @Test func `a service that fails is the call's error unless it is caught`() async throws {
    let exchange = try await harness().exchange(request("http"))
    await #expect(
      throws: CallError(
        code: "no-handler", message: "a host service failed: the test answers no HTTP requests")
    ) { try await exchange.request() }
  }

  @Test func `child tasks reach the services too`() async throws {
    let harness = try await harness()
    let result = try await harness.exchange(request("parallel")).request()
    #expect(result.response?.text == "2")
    #expect(harness.value("one") == Array("1".utf8))
  }

  @Test func `detached tasks have no call`() async throws {
    let exchange = try await harness().exchange(request("detached"))
    await #expect(throws: CallError.self) { try await exchange.request() }
  }

  @Test func `compare and set writes once`() async throws {
    let result = try await harness().exchange(request("compare")).request()
    #expect(result.response?.text == "true false")
  }

  @Test func `an hour passes at once`() async throws {
    let result = try await harness().exchange(request("sleep")).request()
    #expect(result.response?.text == "slept")
  }

  @Test func `a call that outlives its budget is cancelled`() async throws {
    let exchange = try await harness().exchange(request("sleep"))
    await #expect(
      throws: CallError(code: "deadline", message: "the call did not end within its time")
    ) { try await exchange.request(budget: .seconds(1)) }
  }

  @Test func `metrics of the host land in the reply, and lines in its log`() async throws {
    let harness = try await harness()
    let result = try await harness.exchange(request("metric")).request()
    #expect(result.metrics.map(\.name) == ["calls"])
    #expect(await harness.logLines == ["measured"])
  }

  @Test func `an error tells its code, and never its contents`() async throws {
    let harness = try await harness()
    let teapot = try await harness.exchange(request("throw"))
    await #expect(throws: CallError(code: "teapot", message: "I am one")) {
      try await teapot.request()
    }
    let leaky = try await harness.exchange(request("leak"))
    await #expect(throws: CallError(code: "error", message: "the plugin failed with Leaky")) {
      try await leaky.request()
    }
  }

  @Test func `an edit out of bounds fails the call`() async throws {
    let exchange = try await harness().exchange(request("overlap"))
    await #expect(
      throws: CallError(code: "bad-edit", message: "body edits overlap or are out of bounds")
    ) { try await exchange.request() }
  }

  @Test(arguments: [
    ("inject", "bad-header"), ("name", "bad-header"), ("status", "bad-status"),
    ("file", "unknown-file"),
  ])
  func `what a host would refuse fails the call instead`(
    mode: String, code: String
  ) async throws {
    let exchange = try await harness().exchange(request(mode))
    let error = await #expect(throws: CallError.self) { try await exchange.request() }
    #expect(error?.code == code)
  }

  @Test func `a header that the interest does not name is told with its phase`() async throws {
    let exchange = try await harness().exchange(request("unread"))
    await #expect(throws: HarnessError.self) { try await exchange.request() }
  }

  @Test func `a phase that the plugin does not take part in cannot be called`() async throws {
    let exchange = try await harness().exchange(.get("/"))
    await #expect(throws: HarnessError.self) { try await exchange.complete() }
  }

  @Test func `a refused config names the field`() async throws {
    await #expect(throws: ConfigError("/nonsense", "unknown field")) {
      try await PluginHarness(EditingPlugin.self, configJSON: #"{"nonsense":1}"#)
    }
  }
}
