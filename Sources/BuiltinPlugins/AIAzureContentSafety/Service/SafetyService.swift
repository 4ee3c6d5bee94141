// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

/// Why a text was not looked at.
struct SafetyFailure: Error, Equatable {
  /// What the client is told, whatever the reason.
  static let message = "failed to check content safety"

  let reason: String
}

/// Azure's operation `text:analyze`.
struct SafetyService: Sendable {
  private let config: SafetyConfig
  private let url: String
  private let host: Host

  /// - Throws: `ConfigError` for an address that is none.
  init(_ config: SafetyConfig, host: Host) throws {
    self.config = config
    self.host = host
    guard let address = UpstreamAddress(url: config.url) else {
      throw ConfigError("/content_safety_url", "should be an absolute http or https URL")
    }
    let path = address.path == "/" ? "/contentsafety/text:analyze" : address.path
    url = address.url(address.target(path: path, clientQuery: ""))
  }

  /// Looks at texts, one behind the other.
  ///
  /// - Returns: The worst of what was found, until something was found that is refused.
  /// - Throws: ``SafetyFailure``; `CancellationError` when the call ended.
  func analyse(_ texts: [[UInt8]]) async throws -> SafetyFindings {
    var findings = SafetyFindings()
    for text in texts {
      guard let text = String(validating: text, as: UTF8.self) else {
        throw SafetyFailure(reason: "the text is not UTF-8")
      }
      for part in TextParts(text) {
        findings.add(try await analyse(part))
        if findings.reason(by: config) != nil { return findings }
      }
    }
    return findings
  }

  private func analyse(_ text: Substring) async throws -> SafetyFindings {
    var request = HTTPRequest(
      method: "POST", url: url,
      headers: ["content-type": "application/json", "accept": "application/json"],
      body: question(text))
    request.query.set("api-version", config.apiVersion)
    request.verifiesCertificate = config.verifiesCertificate
    if config.usesIdentity {
      request.authorization = .bearer(
        .azure(
          tenant: config.tenant, clientID: config.clientID, clientSecret: config.clientSecret,
          authority: config.patchbay.azureAuthority))
    } else if let key = config.key {
      request.headers.set("ocp-apim-subscription-key", key)
    }
    let response: HTTPResponse
    do {
      response = try await host.http.send(request)
    } catch let error as HostError {
      throw SafetyFailure(reason: error.description)
    }
    guard response.status == 200 else {
      throw SafetyFailure(reason: "status code \(response.status)")
    }
    let found = try response.body.withRaw { body throws(SafetyFailure) in
      try SafetyFindings(body)
    }
    try found.expect(config)
    return found
  }

  private func question(_ text: Substring) -> [UInt8] {
    JSONText { writer in
      writer.object {
        $0.member("text", String(text))
        if let categories = config.categories, !categories.isEmpty {
          $0.key("categories")
          $0.array { for category in categories { $0.string(category.name) } }
        }
        if let lists = config.blocklists, !lists.isEmpty {
          $0.key("blocklistNames")
          $0.array { for list in lists { $0.string(list) } }
          $0.member("haltOnBlocklistHit", config.haltsOnBlocklist)
        }
        $0.member("outputType", config.outputType)
      }
    }.bytes
  }
}
