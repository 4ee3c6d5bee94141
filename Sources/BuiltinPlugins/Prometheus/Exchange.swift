// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// What Kong's labels say of an exchange.
struct Exchange {
  /// The variable with the name of the client's consumer.
  static let consumer = "consumer.username"

  let summary: Summary
  /// Name, or else host; empty where there is none.
  let service: String
  /// Name, or else id; empty where none has matched.
  let route: String
  /// Empty where it is not known, or not wanted.
  let consumer: String

  init(_ completed: CompletedExchange, perConsumer: Bool) {
    summary = completed.summary
    let service = try? JSONValue(parsing: summary.serviceJSON)
    let route = try? JSONValue(parsing: summary.routeJSON)
    self.service = service?["name"]?.text ?? service?["host"]?.text ?? ""
    self.route = route?["name"]?.text ?? route?["id"]?.text ?? ""
    consumer = perConsumer ? completed.variables[Self.consumer]?.text ?? "" : ""
  }
}
