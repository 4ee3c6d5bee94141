// SPDX-License-Identifier: Apache-2.0

import LLMConfig
import PluginSDK

/// What Kong has no words for.
struct PatchbayRecord: Decodable, Sendable {
  /// What becomes of a field that the provider cannot take.
  enum Unsupported: String, Decodable, Sendable {
    /// It is left out, and named in a header of the response and in the log.
    case warn
    /// It is left out, and named in the log.
    case drop
    /// The request is refused.
    case reject
  }

  var unsupported: Unsupported
  var cloud: CloudRecord

  enum CodingKeys: String, CodingKey { case unsupported }

  init(from decoder: any Decoder) throws {
    unsupported = try decoder.container(keyedBy: CodingKeys.self)
      .decode(Unsupported.self, forKey: .unsupported)
    cloud = try CloudRecord(from: decoder)
  }

  static let schema = ConfigType.record(
    [
      "unsupported": .string.default("warn").oneOf("warn", "drop", "reject").describe(
        "what becomes of a field that the provider cannot take. `warn`: left out, named in "
          + "`X-Patchbay-Unsupported` and in the log (`ai.proxy.meta.unsupported`); `drop`: left "
          + "out, named in the log; `reject`: 400")
    ] + CloudRecord.fields
  ).default([:])
}
