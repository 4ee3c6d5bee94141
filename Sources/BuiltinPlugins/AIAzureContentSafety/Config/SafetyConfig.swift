// SPDX-License-Identifier: Apache-2.0

import LLMConfig
import PluginSDK

/// The config of Kong's `ai-azure-content-safety`, with the fields of 3.10 to 3.15 and the defaults of the newest.
struct SafetyConfig: Decodable, Sendable {
  struct Category: Decodable, Sendable {
    var name: String
    var rejectionLevel: Int

    enum CodingKeys: String, CodingKey {
      case name
      case rejectionLevel = "rejection_level"
    }
  }

  enum TextSource: String, Decodable, Sendable {
    case all = "concatenate_all_content"
    case user = "concatenate_user_content"
    case last = "last_message"
  }

  enum GuardingMode: String, Decodable, Sendable {
    case input = "INPUT"
    case output = "OUTPUT"
    case both = "BOTH"
  }

  struct Patchbay: Decodable, Sendable {
    var llmFormat: String
    var azureAuthority: String

    enum CodingKeys: String, CodingKey {
      case llmFormat = "llm_format"
      case azureAuthority = "azure_authority"
    }
  }

  var url: String
  var key: Secret?
  var usesIdentity: Bool
  var clientID: String?
  var clientSecret: Secret?
  var tenant: String?
  var apiVersion: String
  var categories: [Category]?
  var blocklists: [String]?
  var haltsOnBlocklist: Bool
  var outputType: String
  var textSource: TextSource
  var mode: GuardingMode
  var bufferSize: JSONValue
  var stopsOnError: Bool
  var revealsReason: Bool
  var verifiesCertificate: Bool
  var logsBlocked: Bool
  var patchbay: Patchbay

  enum CodingKeys: String, CodingKey {
    case url = "content_safety_url"
    case key = "content_safety_key"
    case usesIdentity = "azure_use_managed_identity"
    case clientID = "azure_client_id"
    case clientSecret = "azure_client_secret"
    case tenant = "azure_tenant_id"
    case apiVersion = "azure_api_version"
    case categories
    case blocklists = "blocklist_names"
    case haltsOnBlocklist = "halt_on_blocklist_hit"
    case outputType = "output_type"
    case textSource = "text_source"
    case mode = "guarding_mode"
    case bufferSize = "response_buffer_size"
    case stopsOnError = "stop_on_error"
    case revealsReason = "reveal_failure_reason"
    case verifiesCertificate = "ssl_verify"
    case logsBlocked = "log_blocked_content"
    case patchbay
  }

  var guardsInput: Bool { mode != .output }
  var guardsOutput: Bool { mode != .input }

  /// Bytes of text that are waited for. What waits is part of the checkpoint, so that there is an end to it.
  var buffer: Int { Int(min(bufferSize.double ?? 100, 8192)) }
}
