// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Synchronization

@testable import ai_request_transformer

/// A transformer in front of a model that answers as it is told, and the requests that the model got.
final class Asked: Sendable {
  private let received = Mutex<[ServiceRequest]>([])
  let harness: PluginHarness<AIRequestTransformer>

  /// - Parameters:
  ///   - more: Members of the config beside prompt and `llm`.
  ///   - llm: Members of the `llm` record beside its route type.
  init(
    _ more: String = "", llm: String = Asked.openAI,
    _ answer: @escaping @Sendable (ServiceRequest) throws -> TestResponse
  ) async throws {
    harness = try await PluginHarness(
      AIRequestTransformer.self, configJSON: Self.config(more, llm: llm))
    harness.answerHTTP { [self] request in
      received.withLock { $0.append(request) }
      return try answer(request)
    }
  }

  var requests: [ServiceRequest] { received.withLock { $0 } }

  static func config(_ more: String = "", llm: String = openAI) -> String {
    let more = more.isEmpty ? "" : "," + more
    return #"{"prompt":"Make it shout.","llm":{"route_type":"llm/v1/chat",\#(llm)}\#(more)}"#
  }

  static let logging = #""logging":{"log_statistics":true,"log_payloads":true}"#

  static let openAI =
    #""auth":{"header_name":"authorization","header_value":"{key}"},"model":{"provider":"openai","name":"gpt-4o-mini","options":{"temperature":0.5,"max_tokens":9,"input_cost":1,"output_cost":2}},"#
    + logging

  /// An answer of OpenAI's.
  static func says(_ text: String) -> TestResponse {
    let text = JSONValue.string(text).description
    return json(
      #"{"id":"c","object":"chat.completion","created":1,"model":"gpt-4o-mini-2024","choices":[{"index":0,"message":{"role":"assistant","content":\#(text)},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000000,"completion_tokens":3,"total_tokens":1000003}}"#
    )
  }

  static func json(_ text: String, status: Int = 200) -> TestResponse {
    TestResponse(status: status, headers: ["content-type": "application/json"], text: text)
  }

  func post(_ body: String) async throws -> CallResult {
    try await harness.exchange(
      .post("/", headers: ["content-type": "text/plain"], body: body)
    ).request()
  }
}
