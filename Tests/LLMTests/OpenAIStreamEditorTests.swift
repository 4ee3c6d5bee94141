// SPDX-License-Identifier: Apache-2.0

import Foundation
import LLM
import Testing

@Suite struct OpenAIStreamEditorTests {
  /// The stream that a client gets, which no split may change; the state moves between all pieces.
  private func edited(
    _ stream: String, _ visibility: OpenAIStreamEditor.Visibility
  ) throws -> (String, OpenAIStreamTally) {
    let bytes = Array(stream.utf8)
    let whole = try edited([bytes[...]], visibility)
    for cut in 1..<bytes.count {
      let parts = try edited([bytes[..<cut], bytes[cut...]], visibility)
      #expect(parts.0 == whole.0, "cut at \(cut)")
      #expect(parts.1 == whole.1, "cut at \(cut)")
    }
    let single = try edited(bytes.indices.map { bytes[$0...$0] }, visibility)
    #expect(single.0 == whole.0 && single.1 == whole.1)
    return whole
  }

  private func edited(
    _ pieces: [ArraySlice<UInt8>], _ visibility: OpenAIStreamEditor.Visibility
  ) throws -> (String, OpenAIStreamTally) {
    var editor = OpenAIStreamEditor(visibility)
    var held: [UInt8] = []
    var output: [UInt8] = []
    for (index, piece) in pieces.enumerated() {
      let shown = held + piece
      let transform = editor.received(shown.span.bytes, isLast: index == pieces.count - 1)
      output += Splice.apply(transform.splices, to: Array(shown[..<transform.release]))
      held = Array(shown[transform.release...])
      editor = try JSONDecoder().decode(
        OpenAIStreamEditor.self, from: JSONEncoder().encode(editor))
    }
    return (String(decoding: output, as: UTF8.self), editor.tally)
  }

  private let head = #""id":"c-1","object":"chat.completion.chunk","created":7,"model":"m""#

  private func chunk(_ rest: String) -> String { "data: {\(head),\(rest)}\n\n" }

  @Test func `usage in every chunk is told once, in front of the end`() throws {
    let usage = { (count: Int) in
      #""usage":{"prompt_tokens":3,"completion_tokens":\#(count),"total_tokens":\#(3 + count)}"#
    }
    let first = #""choices":[{"index":0,"delta":{"role":"assistant","content":"a"}}]"#
    let last = #""choices":[{"index":0,"delta":{},"finish_reason":"stop"}]"#
    let (output, tally) = try edited(
      chunk("\(first),\(usage(1))") + chunk("\(usage(2)),\(last)") + "data: [DONE]\n\n", .atEnd)
    #expect(
      output == chunk(first) + chunk(last) + chunk(#""choices":[],\#(usage(2))"#)
        + "data: [DONE]\n\n")
    #expect(tally.usage?.totalTokens == 5)
  }

  @Test func `a chunk with usage alone is told at the end as well, and without usage nothing is`()
    throws
  {
    let text = #""choices":[{"index":0,"delta":{"content":"a"}}]"#
    let usage = #""choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}"#
    let sent = chunk(text) + chunk(usage) + "data: [DONE]\n\n"
    #expect(try edited(sent, .atEnd).0 == sent)
    #expect(try edited(sent, .asSent).0 == sent)
    let silent = chunk(text) + "data: [DONE]\n\n"
    #expect(try edited(silent, .atEnd).0 == silent)
    // A stream that breaks off has no end to tell anything in front of.
    #expect(try edited(chunk(text) + chunk(usage), .atEnd).0 == chunk(text))
  }

  static let errors: [(String, String)] = [
    (
      #"{"object":"error","message":"m","type":"InternalServerError","param":null,"code":503}"#,
      #"{"error":{"message":"m","type":"server_error","param":null,"code":"503"}}"#
    ),
    (
      #"{"error_code":"INTERNAL_ERROR","message":"m"}"#,
      #"{"error":{"message":"m","type":"server_error","param":null,"code":"INTERNAL_ERROR"}}"#
    ),
    (
      #"{"code":"Internal error","error":"m"}"#,
      #"{"error":{"message":"m","type":"server_error","param":null,"code":"Internal error"}}"#
    ),
    (
      #"{"code":429,"message":"m"}"#,
      #"{"error":{"message":"m","type":"rate_limit_error","param":null,"code":"429"}}"#
    ),
    // As clients find it, and what is no error.
    (#"{"error":{"message":"m","code":429}}"#, #"{"error":{"message":"m","code":429}}"#),
    (#"{"message":"a wait of a second"}"#, #"{"message":"a wait of a second"}"#),
    (
      #"{"choices":[],"prompt_filter_results":[],"message":"x","type":"y"}"#,
      #"{"choices":[],"prompt_filter_results":[],"message":"x","type":"y"}"#
    ),
  ]

  @Test(
    arguments: errors, [OpenAIStreamEditor.Visibility.hidden, .asSent, .atEnd])
  func `an error in a shape of its own becomes OpenAI's`(
    shapes: (sent: String, expected: String), visibility: OpenAIStreamEditor.Visibility
  ) throws {
    let text = chunk(#""choices":[{"index":0,"delta":{"content":"a"}}]"#)
    let (output, tally) = try edited("\(text)data: \(shapes.sent)\n\n", visibility)
    #expect(output == "\(text)data: \(shapes.expected)\n\n")
    #expect((tally.error != nil) == shapes.expected.hasPrefix(#"{"error""#))
    #expect(!tally.endedProperly)
  }

  @Test func `who changes nothing is told by a copy`() throws {
    let editor = { (name: String, asked: Bool) in
      OpenAICompatible.provider(name, ProviderSettings())?.quirks
        .streamEditor(clientAskedForUsage: asked)?.visibility
    }
    #expect(editor("openai", true) == nil)
    #expect(editor("openai", false) == .hidden)
    #expect(editor("vllm", true) == .asSent)
    #expect(editor("databricks", true) == .atEnd)
    #expect(editor("databricks", false) == .hidden)
  }
}
