// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Adds a header to each request on its way to the upstream.
@main
struct AddHeader: Plugin, RequestPhase {
  struct Config: DefaultedConfig {
    var name = "x-hello"
    var value = "world"
  }

  static let manifest = Manifest(name: "add-header", version: "1.0.0", priority: 800)
  let config: Config

  init(config: Config, host: Host) { self.config = config }

  mutating func request(_ request: inout Request) -> RequestReply {
    request.headers[config.name] = config.value
    return .proceed
  }
}
