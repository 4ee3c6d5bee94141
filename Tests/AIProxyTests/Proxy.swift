// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_proxy

/// Configurations and requests that the tests share.
enum Proxy {
  /// An ai-proxy, configured with a JSON object's members beside the ones that are needed.
  static func harness(
    route: String = "llm/v1/chat", model: String = #""name":"gpt-4o-mini""#,
    options: String = "", auth: String = #""header_name":"authorization","header_value":"{key}""#,
    _ more: String = ""
  ) async throws -> PluginHarness<AIProxy> {
    let options = options.isEmpty ? "" : #","options":{\#(options)}"#
    let model = model.isEmpty ? "" : "," + model
    let more = more.isEmpty ? "" : "," + more
    return try await PluginHarness(
      AIProxy.self,
      configJSON: """
        {"route_type":"\(route)","auth":{\(auth)},
         "model":{"provider":"openai"\(model)\(options)}\(more)}
        """)
  }

  static let logging = #""logging":{"log_statistics":true,"log_payloads":true}"#

  static let messages = #""messages":[{"role":"user","content":"one two three"}]"#

  static func post(_ body: String, path: String = "/chat", headers: Headers = [:]) -> TestRequest {
    var headers = headers
    headers.setIfAbsent("content-type", "application/json")
    return .post(path, headers: headers, body: body)
  }

  /// What a config is refused with.
  static func diagnostics(_ config: String) async throws -> [ConfigDiagnostic] {
    try await PluginHarness.diagnostics(AIProxy.self, configJSON: config)
  }
}

/// Answers of an upstream.
enum Answers {
  static let usage =
    #"{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4}}"#

  static let chat =
    #"{"id":"c","object":"chat.completion","created":1,"model":"gpt-4o-mini-2024","choices":[{"index":0,"message":{"role":"assistant","content":"a b c"},"finish_reason":"stop"}],"usage":\#(usage)}"#

  static func chunk(_ delta: String, finish: String = "null", usage: String? = nil) -> String {
    let usage = usage.map { #","usage":\#($0)"# } ?? ""
    return
      #"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini-2024","choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}]\#(usage)}"#
      + "\n\n"
  }

  static let usageChunk =
    #"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini-2024","choices":[],"usage":\#(usage)}"#
    + "\n\n"

  /// A stream as the upstream sends it when it was asked for usage.
  static let stream = stream(usage: "null") + usageChunk + "data: [DONE]\n\n"

  /// The same as a client sees it that did not ask.
  static let unasked = stream(usage: nil) + "data: [DONE]\n\n"

  private static func stream(usage: String?) -> String {
    chunk(#"{"role":"assistant","content":""}"#, usage: usage)
      + chunk(#"{"content":"a"}"#, usage: usage) + ": ping\n\n"
      + chunk(#"{"content":" b c"}"#, usage: usage)
      + chunk("{}", finish: #""stop""#, usage: usage)
  }

  static func events(_ text: String) -> TestResponse {
    TestResponse(headers: ["content-type": "text/event-stream; charset=utf-8"], text: text)
  }

  static func json(_ text: String, status: Int = 200) -> TestResponse {
    TestResponse(status: status, headers: ["content-type": "application/json"], text: text)
  }
}

extension HarnessExchange<AIProxy> {
  /// What the log has of the exchange when it is over.
  func log() async throws -> [String: JSONValue] {
    if !isOver { try await complete() }
    return logFields
  }
}
