// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct OpenAIErrorTests {
  private func normalised(_ body: String, _ status: Int) -> String? {
    OpenAI.normalisedError(Array(body.utf8).span.bytes, status: status, of: "vllm")
      .map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    #"{"error":{"message":"m","type":"t","param":null,"code":"c"}}"#,
    #"{ "error" : {"code":null,"param":"p","type":null,"message":"","x":1} }"#,
    #"{"error":{"message":"m","type":"t","param":null,"code":"c"},"request_id":"r"}"#,
    #"{"error":{"message":"filtered","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
  ])
  func `an error in OpenAI's own shape is left alone`(body: String) {
    #expect(normalised(body, 400) == nil)
  }

  static let shapes: [(String, Int, String)] = [
    // Azure's gateway.
    (
      #"{"error":{"code":"401","message":"Access denied"}}"#, 401,
      #"{"error":{"message":"Access denied","type":"authentication_error","param":null,"code":"401"}}"#
    ),
    (
      #"{"statusCode":401,"message":"Token is expired"}"#, 401,
      #"{"error":{"message":"Token is expired","type":"authentication_error","param":null,"code":null}}"#
    ),
    // Members beside the four stay.
    (
      #"{"error":{"message":"m","code":"content_filter","innererror":{"a":[1.0]}},"id":"x"}"#, 400,
      #"{"error":{"message":"m","type":"invalid_request_error","param":null,"code":"content_filter","innererror":{"a":[1.0]}},"id":"x"}"#
    ),
    // vLLM, old and new, and its key check.
    (
      #"{"object":"error","message":"no model","type":"NotFoundError","param":null,"code":404}"#,
      404,
      #"{"error":{"message":"no model","type":"not_found_error","param":null,"code":"404"}}"#
    ),
    (
      #"{"error":{"message":"m","type":"BadRequestError","param":"p","code":400}}"#, 400,
      #"{"error":{"message":"m","type":"invalid_request_error","param":"p","code":"400"}}"#
    ),
    (
      #"{"error":"Unauthorized"}"#, 401,
      #"{"error":{"message":"Unauthorized","type":"authentication_error","param":null,"code":null}}"#
    ),
    (
      #"{"detail":"Not Found"}"#, 404,
      #"{"error":{"message":"Not Found","type":"not_found_error","param":null,"code":null}}"#
    ),
    (
      #"{"detail":[{"loc":["body"],"msg":"x"}]}"#, 422,
      #"{"error":{"message":"[{\"loc\":[\"body\"],\"msg\":\"x\"}]","type":"invalid_request_error","param":null,"code":null}}"#
    ),
    // xAI.
    (
      #"{"code":"Some resource has been exhausted","error":"Too many requests"}"#, 429,
      #"{"error":{"message":"Too many requests","type":"rate_limit_error","param":null,"code":"Some resource has been exhausted"}}"#
    ),
    // Cerebras: flat.
    (
      #"{"message":"no","type":"invalid_request_error","param":"n","code":"wrong_api_format"}"#,
      400,
      #"{"error":{"message":"no","type":"invalid_request_error","param":"n","code":"wrong_api_format"}}"#
    ),
    // Databricks.
    (
      #"{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"slow"}"#, 429,
      #"{"error":{"message":"slow","type":"rate_limit_error","param":null,"code":"REQUEST_LIMIT_EXCEEDED"}}"#
    ),
    (
      #"{"error_code":401,"message":"who?"}"#, 401,
      #"{"error":{"message":"who?","type":"authentication_error","param":null,"code":"401"}}"#
    ),
    // DashScope's other API.
    (
      #"{"code":"InvalidApiKey","message":"Invalid API-key provided.","request_id":"r"}"#, 401,
      #"{"error":{"message":"Invalid API-key provided.","type":"authentication_error","param":null,"code":"InvalidApiKey"}}"#
    ),
  ]

  @Test(arguments: shapes)
  func `an error in another shape is written as OpenAI's`(
    body: String, status: Int, expected: String
  ) {
    #expect(normalised(body, status) == expected)
    // What we write is left alone.
    #expect(normalised(expected, status) == nil)
  }

  @Test(arguments: [
    ("<html><h1>502 Bad Gateway</h1></html>", 502, "server_error"), ("", 503, "server_error"),
    ("{\"error\":", 529, "overloaded_error"), ("[1]", 403, "permission_error"),
    ("{}", 404, "not_found_error"), (#"{"error":{}}"#, 413, "invalid_request_error"),
    (#"{"error":null}"#, 500, "server_error"),
  ])
  func `what is no error is one by its status`(body: String, status: Int, type: String) throws {
    let text = try #require(normalised(body, status))
    #expect(
      text
        == #"{"error":{"message":"vllm answered with status \#(status) and no error that can be read","type":"\#(type)","param":null,"code":null}}"#
    )
  }
}
