// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct GeminiEmbeddingTests {
  private func asked(
    _ body: String, _ model: String, _ settings: ProviderSettings = ProviderSettings()
  ) throws -> ProviderRequest {
    let bytes = Array(body.utf8)
    let embeddings = try EmbeddingRequest(
      openAI: JSONNode.validated(in: bytes), in: bytes.span.bytes)
    let call = ProviderCall(route: .embeddings, model: model, id: "x", created: 5)
    return try Gemini(settings).request(embeddings, call)
  }

  private func answer(_ body: String) throws -> EmbeddingResponse {
    let bytes = Array(body.utf8)
    let call = ProviderCall(route: .embeddings, model: "m", id: "x", created: 5)
    return try Gemini(ProviderSettings()).answer(embeddings: bytes.span.bytes, call)
  }

  @Test func `the public API takes a batch`() throws {
    let request = try asked(
      #"{"input":["a","é"],"dimensions":8,"user":"u","task_type":"CLUSTERING","x":1}"#, "models/e")
    #expect(request.path == "/v1beta/models/e:batchEmbedContents")
    let tail = #","taskType":"CLUSTERING","outputDimensionality":8}"#
    #expect(
      request.text
        == #"{"requests":[{"model":"models/e","content":{"parts":[{"text":"a"}]}\#(tail),"#
        + #"{"model":"models/e","content":{"parts":[{"text":"é"}]}\#(tail)]}"#)
    #expect(request.unsupported == ["user", "x"])
  }

  @Test(arguments: [
    (
      "text-embedding-005", "predict",
      #"{"instances":[{"content":"a"}],"parameters":{"outputDimensionality":8}}"#
    ),
    (
      "gemini-embedding-2", "embedContent",
      #"{"content":{"parts":[{"text":"a"}]},"embedContentConfig":{"outputDimensionality":8}}"#
    ),
    (
      "gemini-embedding-001", "predict",
      #"{"instances":[{"content":"a"}],"parameters":{"outputDimensionality":8}}"#
    ),
  ])
  func `Vertex has an operation for each kind of model`(
    model: String, operation: String, body: String
  ) throws {
    let request = try asked(#"{"input":"a","dimensions":8}"#, model, GeminiAsked.vertex)
    #expect(request.path.hasSuffix("/publishers/google/models/\(model):\(operation)"))
    #expect(request.text == body)
  }

  @Test func `several texts of a newer model are a batch in Vertex too`() throws {
    let request = try asked(#"{"input":["a","b"]}"#, "gemini-embedding-001", GeminiAsked.vertex)
    #expect(request.path.hasSuffix(":batchEmbedContents"))
    #expect(
      request.text
        == #"{"requests":[{"content":{"parts":[{"text":"a"}]}},{"content":{"parts":[{"text":"b"}]}}]}"#
    )
  }

  @Test func `tokens are refused`() {
    let problem = #expect(throws: RequestProblem.self) { try asked(#"{"input":[1,2]}"#, "e") }
    #expect(problem?.message == "input: this provider takes texts, not tokens")
  }

  @Test func `answers of all operations`() throws {
    let batch = try answer(
      #"{"embeddings":[{"values":[0.5, -1]},{"values":[2]}],"usageMetadata":{"promptTokenCount":3}}"#
    )
    #expect(batch.vectors.map(\.string) == ["[0.5, -1]", "[2]"])
    #expect(batch.usage == Usage(promptTokens: 3, completionTokens: 0))
    let one = try answer(#"{"embedding":{"values":[1]}}"#)
    #expect(one.vectors.map(\.string) == ["[1]"])
    #expect(one.usage == nil)
    let predicted = try answer(
      #"{"predictions":[{"embeddings":{"statistics":{"truncated":false,"token_count":3},"values":[1]}},{"embeddings":{"statistics":{"token_count":2},"values":[2]}}]}"#
    )
    #expect(predicted.vectors.map(\.string) == ["[1]", "[2]"])
    #expect(predicted.usage == Usage(promptTokens: 5, completionTokens: 0))
  }

  @Test(arguments: ["{}", "<html>", #"{"embeddings":[{}]}"#])
  func `an answer without vectors is unreadable`(body: String) {
    let problem = #expect(throws: ProviderProblem.self) { try answer(body) }
    #expect(problem?.status == 502)
  }
}
