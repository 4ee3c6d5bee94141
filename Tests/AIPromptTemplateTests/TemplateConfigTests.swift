// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import Testing

@testable import ai_prompt_template

struct TemplateConfigTests {
  private func config(_ templates: String...) throws -> JSONValue {
    let records: [JSONValue] = templates.enumerated().map { number, text in
      ["name": .string("t\(number)"), "template": .string(text)]
    }
    return ["templates": .array(records)]
  }

  @Test func `Kong's defaults are the defaults`() throws {
    let (completed, diagnostics) = TemplateConfig.schema.validate(try config("{}"))
    #expect(diagnostics.isEmpty)
    #expect(completed["allow_untemplated_requests"] == true)
    #expect(completed["log_original_request"] == false)
    #expect(completed["max_request_body_size"] == 1_048_576)
    #expect(AIPromptTemplate.manifest.priority == 773)
  }

  @Test(arguments: [
    (#"{"a":"{{x}}"}"#, nil), (#"{"a":{{x}},"b":[{{y}},"{{z}}"]}"#, nil),
    (#"{"a":"{{ x }} {{}} {x} {{{x}}}"}"#, nil), (#"{"a":"\\{{x}}\""}"#, nil),
    ("", "a template must be a JSON object: the text ends in the middle of a value at offset 0"),
    ("[]", "a template must be a JSON object"), ("{{x}}", "a template must be a JSON object"),
    (
      #"{"a":"{{x}}",}"#, "a template must be a JSON object: unexpected byte at offset 13"
    ),
    (#"{"{{x}}":1}"#, "a variable cannot be the name of a member"),
    (#"{"a":[{"b{{x}}":1}]}"#, "a variable cannot be the name of a member"),
    (#"{"\u007b{x}}":1}"#, "a variable cannot be the name of a member"),
    (
      #"{"a":"\u00{{x}}41"}"#,
      "a template must be a JSON object: invalid escape sequence at offset 6"
    ),
    (
      #"{"a":"\{{x}}"}"#,
      "a template must be a JSON object: invalid escape sequence at offset 6"
    ),
    (#"{"a":1{{x}}}"#, "a template must be a JSON object: unexpected byte at offset 6"),
    (#"{"a":-{{x}}}"#, "a template must be a JSON object: invalid number at offset 5"),
  ])
  func `a template is JSON, whatever its variables are`(
    template: String, message: String?
  ) throws {
    let diagnostics = TemplateConfig.schema.validate(try config("{}", template)).diagnostics
    #expect(
      diagnostics == (message.map { [ConfigDiagnostic("/templates/1/template", $0)] } ?? []),
      "\(template)")
  }

  @Test func `fields are required, and a name that is taken is a warning`() throws {
    #expect(
      TemplateConfig.schema.validate([:]).diagnostics
        == [ConfigDiagnostic("/templates", "required field missing")])
    let twice: JSONValue = [
      "templates": [["name": "a", "template": "{}"], ["name": "a", "template": "{}"]]
    ]
    #expect(
      TemplateConfig.schema.validate(twice).diagnostics == [
        ConfigDiagnostic(
          "/templates/1/name", "never used: an earlier template has this name", isWarning: true)
      ])
    let missing: JSONValue = ["templates": [["name": "a"]], "max_request_body_size": -1]
    #expect(
      TemplateConfig.schema.validate(missing).diagnostics.map(\.pointer)
        == ["/templates/0/template", "/max_request_body_size"])
  }
}
