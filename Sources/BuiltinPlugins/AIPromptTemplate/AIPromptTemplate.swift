// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

/// Kong's `ai-prompt-template`: a request that names a template is replaced by it, its variables filled in.
@main
struct AIPromptTemplate: Plugin {
  static let manifest = Manifest(name: "ai-prompt-template", version: "0.1.0", priority: 773)
  static let schema = TemplateConfig.schema

  private let config: TemplateConfig
  private let templates: [String: PromptTemplate]

  init(config: TemplateConfig, host: Host) throws {
    self.config = config
    var templates: [String: PromptTemplate] = [:]
    for (index, record) in config.templates.enumerated() where templates[record.name] == nil {
      do throws(PromptTemplate.Invalid) {
        templates[record.name] = try PromptTemplate(record.template)
      } catch {
        throw ConfigError("/templates/\(index)/template", error.description)
      }
    }
    self.templates = templates
  }
}

extension AIPromptTemplate: RequestPhase {
  var requestInterest: Interest? {
    Interest(body: .whole(kongLimit: config.maxRequestBodySize))
  }

  mutating func request(_ request: inout Request) -> RequestReply {
    if config.logsOriginalRequest {
      let logged = LoggedText(request.body.text)
      request.logFields["ai.payload.original_request"] = .string(logged.text)
      if logged.isCut { request.logFields["ai.payload.original_request_truncated"] = true }
    }
    do throws(RequestProblem) {
      guard let rendered = try rendered(request.body) else { return .proceed }
      request.body.replaceAll(with: rendered)
      // Whatever the client called its body, this is JSON.
      request.headers["content-type"] = "application/json"
      return .proceed
    } catch {
      return .respond(Response(error))
    }
  }

  /// The body in place of one that names a template; nil for one that names none and may pass.
  private func rendered(_ body: Body) throws(RequestProblem) -> [UInt8]? {
    try body.bytes.withRaw { bytes throws(RequestProblem) -> [UInt8]? in
      let request = try TemplatedRequest(bytes)
      guard let name = request.templateName else {
        if config.allowsUntemplated { return nil }
        throw RequestProblem(message: "this LLM route only supports templated requests")
      }
      guard let template = templates[name] else {
        throw RequestProblem(message: "could not find template name [\(name)]")
      }
      return try template.rendered(with: request.properties(in: bytes), request.streaming)
    }
  }
}
