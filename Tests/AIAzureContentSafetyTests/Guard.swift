// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Synchronization

@testable import ai_azure_content_safety

/// The plugin in front of a service that rates texts by the marks in them, and what the service was asked.
final class Guard: Sendable {
  private let received = Mutex<[ServiceRequest]>([])
  let harness: PluginHarness<AIAzureContentSafety>

  init(
    _ more: String = "",
    _ answer: @escaping @Sendable (ServiceRequest) throws -> TestResponse = { Guard.rate($0) }
  ) async throws {
    harness = try await PluginHarness(AIAzureContentSafety.self, configJSON: Self.config(more))
    harness.answerHTTP { [self] request in
      received.withLock { $0.append(request) }
      return try answer(request)
    }
  }

  static func config(_ more: String = "", key: String = #","content_safety_key":"{key}""#) -> String
  {
    let more = more.isEmpty ? "" : "," + more
    return
      #"{"content_safety_url":"https://i.example"\#(key),"categories":[{"name":"Hate","rejection_level":2},{"name":"Violence","rejection_level":4}]\#(more)}"#
  }

  var requests: [ServiceRequest] { received.withLock { $0 } }

  /// The texts that the service has seen.
  var texts: [String] {
    requests.map { (try? JSONValue(parsing: $0.text))?["text"]?.text ?? "?" }
  }

  /// `[Hate 4]` is hate of level 4; `badword` is on a list.
  static func rate(_ request: ServiceRequest) -> TestResponse {
    let body = try? JSONValue(parsing: request.text)
    let text = body?["text"]?.text ?? ""
    func level(_ name: String) -> Int {
      (0...7).last { text.contains("[\(name) \($0)]") } ?? 0
    }
    let hit = body?["blocklistNames"] != nil && text.contains("badword")
    let lists =
      hit ? #"{"blocklistName":"l","blocklistItemId":"1","blocklistItemText":"badword"}"# : ""
    let ratings =
      hit && body?["haltOnBlocklistHit"]?.bool == true
      ? ""
      : ["Hate", "Violence"].map { #"{"category":"\#($0)","severity":\#(level($0))}"# }
        .joined(separator: ",")
    return json(#"{"blocklistsMatch":[\#(lists)],"categoriesAnalysis":[\#(ratings)]}"#)
  }

  static func json(_ text: String, status: Int = 200) -> TestResponse {
    TestResponse(status: status, headers: ["content-type": "application/json"], text: text)
  }

  static func chat(_ text: String, _ more: String = "") -> TestRequest {
    let text = JSONValue.string(text).description
    return .post(
      "/", headers: ["content-type": "application/json"],
      body:
        #"{"messages":[{"role":"system","content":"be nice"},{"role":"user","content":\#(text)}]\#(more)}"#
    )
  }

  static func says(_ text: String) -> TestResponse {
    let text = JSONValue.string(text).description
    return json(
      #"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":\#(text)},"finish_reason":"stop"}]}"#
    )
  }

  static func message(_ text: String) -> String {
    #"{"error":{"message":\#(JSONValue.string(text).description)}}"#
  }
}
