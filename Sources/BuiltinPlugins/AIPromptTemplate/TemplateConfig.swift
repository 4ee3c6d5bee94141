// SPDX-License-Identifier: Apache-2.0

import LLMConfig
import PluginSDK

/// The config of Kong's `ai-prompt-template`, with the defaults of the newest.
struct TemplateConfig: Decodable, Sendable {
  struct Template: Decodable, Sendable {
    var name: String
    var template: String
  }

  var templates: [Template]
  var allowsUntemplated: Bool
  var logsOriginalRequest: Bool
  var maxRequestBodySize: Int

  enum CodingKeys: String, CodingKey {
    case templates
    case allowsUntemplated = "allow_untemplated_requests"
    case logsOriginalRequest = "log_original_request"
    case maxRequestBodySize = "max_request_body_size"
  }

  private static let template = ConfigType.record([
    "name": .string.required.describe("what requests call it: `{template://NAME}`"),
    "template": .string.required.check { value in
      do throws(PromptTemplate.Invalid) {
        _ = try PromptTemplate(value.text ?? "")
        return nil
      } catch {
        return error.description
      }
    }.describe("the whole body in its place, with `{{variables}}`"),
  ])

  static let schema = ConfigSchema(
    [
      "templates": .array(of: template).required,
      "allow_untemplated_requests": .boolean.default(true).describe(
        "requests that name no template pass"),
      "log_original_request": .boolean.default(false).describe(
        "the client's body goes into the log as `ai.payload.original_request`"),
      "max_request_body_size": .requestBodySize.describe(
        "bytes; a longer body is answered with 413"),
    ],
    checks: [
      .custom { config in
        let names = config["templates"]?.array?.map { $0["name"]?.text ?? "" } ?? []
        return names.indices.filter { names[..<$0].contains(names[$0]) }.map {
          ConfigDiagnostic(
            "/templates/\($0)/name", "never used: an earlier template has this name",
            isWarning: true)
        }
      }
    ])
}
