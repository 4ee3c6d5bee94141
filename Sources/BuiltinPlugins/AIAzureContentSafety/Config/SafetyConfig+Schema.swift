// SPDX-License-Identifier: Apache-2.0

import LLMConfig
import PluginSDK

extension SafetyConfig {
  static let schema = ConfigSchema(
    [
      "content_safety_url": .string.required.url.describe(
        "the instance: `https://NAME.cognitiveservices.azure.com`, with the path of the operation or without"
      ),
      "content_safety_key": .string.secret.describe(
        "of the instance, for `Ocp-Apim-Subscription-Key`"),
      "azure_use_managed_identity": .boolean.default(false).describe(
        "a token of Entra ID instead of a key: of the machine, or of the application below"),
      "azure_client_id": .string.describe(
        "of the application, or of one of the machine's identities"),
      "azure_client_secret": .string.secret.describe("of the application"),
      "azure_tenant_id": .string.describe("of the application"),
      "azure_api_version": .string.default("2023-10-01").minLength(1).describe(
        "the version of its API"),
      "categories": .array(
        of: .record([
          "name": .string.required.describe("`Hate`, `SelfHarm`, `Sexual` or `Violence`"),
          "rejection_level": .integer.required.describe(
            "what is rated so high, or higher, is refused"),
        ])),
      "blocklist_names": .array(of: .string).describe(
        "lists of the instance; a text with one of their items is refused"),
      "halt_on_blocklist_hit": .boolean.default(true).describe(
        "a text that a list has is not rated as well"),
      "output_type": .string.default("FourSeverityLevels").oneOf(
        "FourSeverityLevels", "EightSeverityLevels"
      ).describe("ratings of 0, 2, 4, 6, or of 0 to 7"),
      "text_source": .string.default("concatenate_all_content").oneOf(
        "concatenate_all_content", "concatenate_user_content", "last_message"
      ).describe("which messages of a request are looked at"),
      "guarding_mode": .string.default("INPUT").oneOf("INPUT", "OUTPUT", "BOTH").describe(
        "requests, responses, or both"),
      "response_buffer_size": .number.default(100).greaterThan(0).describe(
        "bytes of a streamed answer's text that are looked at together; above 8192 as 8192"),
      "stop_on_error": .boolean.default(true).describe(
        "what could not be looked at is answered with 500; else it passes"),
      "reveal_failure_reason": .boolean.default(true).describe("the client is told why"),
      "ssl_verify": .boolean.default(true).describe(
        "the certificate of the instance must be a trusted one"),
      "log_blocked_content": .boolean.default(false).describe(
        "the log has the text that was refused"),
      "patchbay": .record([
        "llm_format": .llmFormat.describe("the API that clients speak"),
        "azure_authority": CloudRecord.azureAuthority.describe(
          "where Entra ID gives tokens; the national clouds have addresses of their own"),
      ]).default([:]),
    ],
    checks: [credentials, application, ratings])

  private static let credentials = ConfigCheck.custom { config in
    guard config["content_safety_key"] == nil,
      config["azure_use_managed_identity"]?.bool != true
    else { return [] }
    return [
      ConfigDiagnostic(
        "/content_safety_key",
        "must set one of 'content_safety_key' or 'azure_use_managed_identity'")
    ]
  }

  /// A secret without the rest would be left out without a word.
  private static let application = ConfigCheck.custom { config in
    guard config["azure_client_secret"] != nil || config["azure_tenant_id"] != nil else {
      return []
    }
    let fields = ["azure_client_id", "azure_client_secret", "azure_tenant_id"]
    return fields.filter { config[$0] == nil }.map {
      ConfigDiagnostic("/\($0)", "must be set with the application's other fields")
    }
  }

  private static let ratings = ConfigCheck.custom { config in
    let categories = config["categories"]?.array ?? []
    if categories.isEmpty, config["blocklist_names"]?.array?.isEmpty ?? true {
      return [
        ConfigDiagnostic(
          "/categories", "without categories and blocklists nothing is ever refused",
          isWarning: true)
      ]
    }
    let known = ["Hate", "SelfHarm", "Sexual", "Violence"]
    return categories.enumerated().compactMap { index, category in
      guard let name = category["name"]?.text, !known.contains(name) else { return nil }
      return ConfigDiagnostic(
        "/categories/\(index)/name", "not one of \(known.joined(separator: ", "))",
        isWarning: true)
    }
  }
}
