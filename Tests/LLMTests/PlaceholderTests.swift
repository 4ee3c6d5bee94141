// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct PlaceholderTests {
  private func resolve(_ text: String) throws -> String {
    try PlaceholderTemplate(text).resolved { source, key in
      switch (source, key) {
      case (.headers, "x-model"): "gpt-4o"
      case (.captures, "name"): "$(headers.x-model)"
      case (.query, "a.b"): "1"
      default: nil
      }
    }
  }

  static let resolved: [(String, String)] = [
    ("plain", "plain"), ("", ""), ("$(headers.x-model)", "gpt-4o"),
    ("a-$(headers.x-model)-$(query_params.a.b)!", "a-gpt-4o-1!"),
    ("$(headers.x-model)$(headers.x-model)", "gpt-4ogpt-4o"),
    ("$(uri_captures.name)", "$(headers.x-model)"), ("$ $$(headers.x-model)", "$ $gpt-4o"),
    ("$(headers.x-model", "$(headers.x-model"), ("cost: 5$", "cost: 5$"),
  ]

  @Test(arguments: resolved)
  func `placeholders are filled in once, any number of them`(text: String, expected: String) throws
  {
    #expect(try resolve(text) == expected)
  }

  static let faulty: [(String, String)] = [
    ("m-$(headers)", "cannot parse expression for field 'm-$(headers)'"),
    ("$()", "cannot parse expression for field '$()'"),
    ("$(.x)", "cannot parse expression for field '$(.x)'"),
    ("$(headers.)", "cannot parse expression for field '$(headers.)'"),
    ("$(cookies.x)", "source 'cookies' is not supported"),
    ("$(headers.nope)", "headers key nope was not provided"),
    ("$(uri_captures.x)", "uri_captures key x was not provided"),
    ("$(headers.nope)$(cookies.x)", "headers key nope was not provided"),
  ]

  @Test(arguments: faulty)
  func `a placeholder that cannot be filled is told in Kong's words`(text: String, message: String)
  {
    let problem = #expect(throws: RequestProblem.self) { try resolve(text) }
    #expect(problem == RequestProblem(status: 400, message: message))
  }

  @Test func `a template tells what it needs`() {
    let template = PlaceholderTemplate("$(headers.a)x$(query_params.b)")
    #expect(!template.isConstant)
    #expect(template.references.map(\.key) == ["a", "b"])
    #expect(template.references.map(\.source) == [.headers, .query])
    #expect(PlaceholderTemplate("x").isConstant)
  }

  @Test func `a value that goes into a path stays one segment`() {
    #expect(PathSegment.escaped("gpt-4o_mini.1~x") == "gpt-4o_mini.1~x")
    #expect(PathSegment.escaped("../admin?x#y%2F é") == "..%2Fadmin%3Fx%23y%252F%20%C3%A9")
    #expect(PathSegment.escaped("..") == "%2E%2E")
    #expect(PathSegment.escaped(".") == "%2E")
  }
}
