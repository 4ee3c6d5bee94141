// SPDX-License-Identifier: Apache-2.0

import LLM
package import PluginSDK

/// Kong's `llm` record: a model that a plugin asks for itself.
package struct LLMRecord: Decodable, Sendable {
  package var auth: AuthRecord
  package var model: ModelRecord
  package var logging: LoggingRecord

  /// A record whose `route_type` is a chat.
  ///
  /// - Parameter wrongRoute: What is said of another route type; nil: nothing is wrong with it.
  package static func schema(
    wrongRoute: @escaping @Sendable (String) -> String?
  ) -> ConfigType {
    .record(
      [
        "route_type": .string.required.oneOf(routeTypes).check { value in
          wrongRoute(value.text ?? "")
        }.describe("`llm/v1/chat`"),
        "auth": AuthRecord.schema,
        "model": ModelRecord.schema,
        "logging": LoggingRecord.schema,
      ], checks: [AuthRecord.ownKeys, namedModel]
    ).required
  }

  /// The route types of Kong 3.15.
  package static let routeTypes: [JSONValue] = [
    "llm/v1/chat", "llm/v1/completions", "llm/v1/embeddings", "llm/v1/assistants", "llm/v1/batches",
    "llm/v1/files", "llm/v1/responses", "audio/v1/audio/speech", "audio/v1/audio/transcriptions",
    "audio/v1/audio/translations", "image/v1/images/edits", "image/v1/images/generations",
    "realtime/v1/realtime", "video/v1/videos/generations", "preserve",
  ]

  /// No client is there to name a model. Azure has deployments in place of models, and a server of one's own may have
  /// only one.
  private static let namedModel = ConfigCheck.custom { config in
    let name = config.at("/model/name")?.text ?? ""
    guard name.isEmpty, config.at("/model/provider")?.text != "azure",
      config.at("/model/options/upstream_url") == nil
    else { return [] }
    return [ConfigDiagnostic("/model/name", "must set 'model.name': no client names a model here")]
  }
}
