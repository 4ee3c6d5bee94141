// SPDX-License-Identifier: Apache-2.0

import LLM

/// What Gemini is asked when a client asks something in OpenAI's words.
enum GeminiAsked {
  static let vertex: ProviderSettings = {
    var settings = ProviderSettings()
    settings.gemini.apiEndpoint = "us-central1-aiplatform.googleapis.com"
    settings.gemini.projectID = "p1"
    settings.gemini.locationID = "us-central1"
    return settings
  }()

  static func request(
    _ body: String, model: String = "gemini-2.5-flash", isStreamed: Bool = false,
    _ settings: ProviderSettings = ProviderSettings()
  ) throws -> ProviderRequest {
    let bytes = Array(body.utf8)
    let chat = try ChatRequest(openAI: bytes.span.bytes)
    let call = ProviderCall(model: model, isStreamed: isStreamed, id: "chatcmpl-7", created: 5)
    return try Gemini(settings).request(chat, call)
  }

  /// The body for a conversation that is the whole request.
  static func contents(_ messages: String, model: String = "gemini-2.5-flash") throws -> String {
    try request(#"{"messages":[\#(messages)]}"#, model: model).text
  }

  /// What is sent for members beside a short conversation, without that conversation.
  static func beside(
    _ members: String, model: String = "gemini-2.5-flash",
    _ settings: ProviderSettings = ProviderSettings()
  ) throws -> (body: String, unsupported: [String]) {
    let request = try request(
      #"{"messages":[{"role":"user","content":"a"}],\#(members)}"#, model: model, settings)
    let head = #"{"contents":[{"role":"user","parts":[{"text":"a"}]}]"#
    return (
      String(request.text.dropFirst(head.count).dropLast().drop { $0 == "," }),
      request.unsupported
    )
  }
}
