// SPDX-License-Identifier: Apache-2.0

import Foundation
import LLM
import Testing

@Suite struct EmbeddingTests {
  private func request(_ text: String) throws -> EmbeddingRequest {
    let bytes = Array(text.utf8)
    return try EmbeddingRequest(openAI: JSONNode.validated(in: bytes), in: bytes.span.bytes)
  }

  @Test func `inputs are a text, texts, tokens, or lists of tokens`() throws {
    #expect(try request(#"{"input":"a"}"#).inputs == [.text("a")])
    #expect(try request(#"{"input":["a","b"]}"#).texts == ["a", "b"])
    #expect(try request(#"{"input":[1,2]}"#).inputs == [.tokens([1, 2])])
    #expect(try request(#"{"input":[[1],[2,3]]}"#).inputs == [.tokens([1]), .tokens([2, 3])])
    #expect(try request(#"{"input":[[1]]}"#).texts == nil)
  }

  @Test func `what else is asked for is kept`() throws {
    let asked = try request(
      #"{"model":"m","input":"a","dimensions":8,"encoding_format":"base64","user":"u","x":1,"y":null}"#
    )
    #expect(asked.dimensions == 8)
    #expect(asked.encoding == .base64)
    #expect(asked.user == "u")
    #expect(asked.unknown == [UnknownField("x", .integer(1))])
  }

  @Test(arguments: [[], [0.5], [1, -2.25], [0.1, 1e-8, 3]] as [[Double]])
  func `vectors in base64 are little-endian floats`(numbers: [Double]) throws {
    let vector = try JSONText(validating: Array("\(numbers)".utf8))
    let answer = EmbeddingResponse(model: "m", vectors: [vector])
    let body = try JSONSerialization.jsonObject(with: Data(answer.openAI(.base64)))
    let data = ((body as? [String: Any])?["data"] as? [[String: Any]])?.first
    let packed = try #require(Data(base64Encoded: data?["embedding"] as? String ?? "-"))
    let floats = packed.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    #expect(floats == numbers.map { Float($0) })
  }
}
