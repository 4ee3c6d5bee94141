// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct GeminiStreamTests {
  private let call = ProviderCall(
    model: "gemini-2.5-flash", isStreamed: true, id: "chatcmpl-7", created: 5)

  /// A stream in either form, as Google writes it.
  private enum Form: CaseIterable {
    case events
    case array

    var mediaType: String { self == .events ? "text/event-stream" : "application/json" }

    func stream(_ pieces: [String]) -> String {
      switch self {
      case .events: pieces.map { "data: \($0)\r\n\r\n" }.joined()
      case .array: "[" + pieces.joined(separator: "\n,\r\n") + "\n]\n"
      }
    }
  }

  private func read(
    _ pieces: [String], _ form: Form, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (output: String, answer: ChatStreamWriter) {
    try StreamSplits(Gemini(ProviderSettings()), call, mediaType: form.mediaType)
      .read(form.stream(pieces), sourceLocation: sourceLocation)
  }

  private func whole(_ body: String) throws -> ChatResponse {
    let bytes = Array(body.utf8)
    return try Gemini(ProviderSettings()).answer(bytes.span.bytes, call)
  }

  /// The stream in both forms, put together, and the plain answer: all three are the same.
  private func expectEqual(
    _ pieces: [String], _ plain: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = try whole(plain)
    for form in Form.allCases {
      let (output, answer) = try read(pieces, form, sourceLocation: sourceLocation)
      let bytes = Array(output.utf8)
      let together = OpenAIStreamAnswer(bytes.span.bytes, route: .chat)
      #expect(
        together?.json.string == String(decoding: expected.openAI, as: UTF8.self),
        sourceLocation: sourceLocation)
      #expect(answer.usage == expected.usage, sourceLocation: sourceLocation)
      #expect(answer.endedProperly, sourceLocation: sourceLocation)
    }
  }

  private let tail = #""modelVersion":"gemini-2.5-flash-09","responseId":"r1"}"#

  private func piece(_ parts: String, _ usage: String, reason: String? = nil) -> String {
    let reason = reason.map { #","finishReason":"\#($0)""# } ?? ""
    return #"{"candidates":[{"content":{"parts":[\#(parts)],"role":"model"}\#(reason)}],"#
      + #""usageMetadata":{\#(usage)},\#(tail)"#
  }

  @Test func `texts add up to the plain answer`() throws {
    try expectEqual(
      [
        piece(#"{"text":"a \u00e9\n"}"#, #""promptTokenCount":4,"totalTokenCount":4"#),
        piece(
          #"{"text":"{\"b\": [1]}]"}"#,
          #""promptTokenCount":4,"candidatesTokenCount":2,"totalTokenCount":6"#),
        piece(
          #"{"text":""}"#,
          #""promptTokenCount":4,"candidatesTokenCount":3,"totalTokenCount":16,"thoughtsTokenCount":9,"cachedContentTokenCount":2"#,
          reason: "MAX_TOKENS"),
      ],
      piece(
        #"{"text":"a é\n{\"b\": [1]}]"}"#,
        #""promptTokenCount":4,"candidatesTokenCount":3,"totalTokenCount":16,"thoughtsTokenCount":9,"cachedContentTokenCount":2"#,
        reason: "MAX_TOKENS"))
  }

  @Test func `calls add up to the plain answer, ids included`() throws {
    let first = #"{"functionCall":{"name":"f","args":{ "x" : "}]" }},"thoughtSignature":"AB+/"}"#
    let second = #"{"functionCall":{"id":"i1","name":"g"}},{"functionCall":{"name":"f"}}"#
    let usage = #""promptTokenCount":4,"candidatesTokenCount":3,"totalTokenCount":7"#
    try expectEqual(
      [piece(first, usage), piece(second, usage), piece(#"{"text":""}"#, usage, reason: "STOP")],
      piece("\(first),\(second)", usage, reason: "STOP"))
    let calls = try whole(piece("\(first),\(second)", usage)).choices[0].message.toolCalls
    #expect(calls.map(\.id) == ["call_r1_0_0__ts_AB-_", "gemini_i1", "call_r1_0_2"])
  }

  @Test func `several candidates add up to the plain answer`() throws {
    func candidate(_ index: Int, _ text: String, _ reason: String) -> String {
      #"{"content":{"parts":[{"text":"\#(text)"}]},"index":\#(index)\#(reason)}"#
    }
    let end = #","finishReason":"STOP""#
    func pieces(_ candidates: String...) -> String {
      #"{"candidates":[\#(candidates.joined(separator: ","))],"responseId":"r1","modelVersion":"m","usageMetadata":{"promptTokenCount":1}}"#
    }
    try expectEqual(
      [
        pieces(candidate(0, "a", ""), candidate(1, "x", "")), pieces(candidate(1, "y", end)),
        pieces(candidate(0, "b", end)),
      ], pieces(candidate(0, "ab", end), candidate(1, "xy", end)))
  }

  @Test func `a blocked prompt and a failed model add up too`() throws {
    let blocked =
      #"{"promptFeedback":{"blockReason":"SAFETY"},"responseId":"r1","modelVersion":"m","usageMetadata":{"promptTokenCount":1}}"#
    try expectEqual([blocked], blocked)
    let failed =
      #"{"candidates":[{"content":{},"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"f("}],"responseId":"r1","modelVersion":"m","usageMetadata":{"promptTokenCount":1}}"#
    try expectEqual([failed], failed)
  }

  @Test func `thoughts have a name of their own`() throws {
    let (output, _) = try read(
      [piece(#"{"text":"hm","thought":true},{"text":"a"}"#, "", reason: "STOP")], .events)
    #expect(output.contains(#""delta":{"reasoning_content":"hm"}"#))
    #expect(output.contains(#""delta":{"content":"a"}"#))
  }

  @Test func `an error ends the stream`() throws {
    let error = #"{"error":{"code":500,"message":"m","status":"INTERNAL"}}"#
    for form in Form.allCases {
      let (output, answer) = try read([piece(#"{"text":"a"}"#, ""), error], form)
      #expect(
        output.hasSuffix(
          #"data: {"error":{"message":"m","type":"server_error","param":null,"code":"INTERNAL"}}"#
            + "\n\n"))
      #expect(!answer.endedProperly)
    }
  }

  @Test func `a stream without a reason was cut`() throws {
    for form in Form.allCases {
      let (output, _) = try read([piece(#"{"text":"a"}"#, "")], form)
      #expect(output.contains("upstream_stream_cut"))
    }
  }

  @Test func `an array that ends in an element was cut`() throws {
    let stream = "[" + piece(#"{"text":"a"}"#, "") + ",{\"candidates\":["
    let (output, _) = try StreamSplits(
      Gemini(ProviderSettings()), call, mediaType: "application/json"
    ).read(stream)
    #expect(output.contains("upstream_stream_cut"))
    #expect(output.contains(#""content":"a""#))
  }

  @Test func `a whole answer instead of a stream is one piece`() throws {
    let (output, answer) = try StreamSplits(
      Gemini(ProviderSettings()), call, mediaType: "application/json"
    ).read(piece(#"{"text":"a"}"#, "", reason: "STOP") + "\n")
    #expect(output.contains(#""content":"a""#))
    #expect(answer.endedProperly)
  }

  @Test(arguments: [
    "<html>", "[1,2]", "[{}}", "{},{}", "[,{}]", #"[{"a":1};{}]"#, "null",
  ])
  func `what is no array fails the answer`(stream: String) throws {
    let (output, answer) = try StreamSplits(
      Gemini(ProviderSettings()), call, mediaType: "application/json"
    ).read(stream)
    #expect(output.contains("upstream_answer_unreadable"))
    #expect(answer.error != nil)
  }
}
