// SPDX-License-Identifier: Apache-2.0

import PluginSDK

extension RequestTermination {
  static let schema = ConfigSchema(
    [
      "status_code": .integer.default(503).between(200, 599).describe("the status of the answer"),
      "message": .string.describe(
        "the answer is `{\"message\": …}` with this; without it and a body Kong's words for the status"
      ),
      "content_type": .string.describe("the type of `body`"),
      "body": .string.describe("the answer as it is"),
      "echo": .boolean.default(false).describe("the answer tells what the request was"),
      "trigger": .string.check { HeaderName.problem($0.text ?? "") }
        .describe("only requests with this header or parameter of the query are answered"),
    ], checks: [.custom(contradictions)])

  @Sendable private static func contradictions(_ config: JSONValue) -> [ConfigDiagnostic] {
    func isSet(_ field: String) -> Bool { config[field]?.text?.isEmpty == false }
    let hasBody = isSet("content_type") || isSet("body")
    if isSet("message"), hasBody {
      return [ConfigDiagnostic("", "message cannot be used with content_type or body")]
    }
    if isSet("content_type"), !isSet("body") {
      return [ConfigDiagnostic("", "content_type requires a body")]
    }
    if config["echo"]?.bool == true, hasBody {
      return [ConfigDiagnostic("", "echo cannot be used with content_type and body")]
    }
    return []
  }
}
