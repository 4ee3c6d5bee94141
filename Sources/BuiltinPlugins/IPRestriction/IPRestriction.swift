// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Kong's `ip-restriction`: who may come, by the address of the client.
@main
struct IPRestriction: Plugin, RequestPhase {
  struct Config: Decodable, Sendable {
    var allow: [String]?
    var deny: [String]?
    var status: Int?
    var message: String?
  }

  static let manifest = Manifest(name: "ip-restriction", version: "0.1.0", priority: 990)

  static let schema = ConfigSchema(
    [
      "allow": .array(of: block).describe("addresses and ranges; no others may come"),
      "deny": .array(of: block).describe("addresses and ranges that may not come, `allow` or not"),
      "status": .integer.between(200, 599).describe("the status of refusals; 403 without it"),
      "message": .string.describe(
        "their message; without it `IP address not allowed:` and the address"),
    ], checks: [.atLeastOneOf("allow", "deny")])

  private static let block = ConfigType.string.check { value in
    let text = value.text ?? ""
    return AddressBlock(text) == nil ? "invalid ip or cidr range: '\(text)'" : nil
  }

  private let config: Config
  private let allowed: AddressSet
  private let denied: AddressSet

  init(config: Config, host: Host) {
    self.config = config
    allowed = AddressSet((config.allow ?? []).compactMap { AddressBlock($0) })
    denied = AddressSet((config.deny ?? []).compactMap { AddressBlock($0) })
  }

  var requestInterest: Interest? { Interest(inspects: true) }

  mutating func request(_ request: inout Request) -> RequestReply {
    let client = request.original.clientAddress
    guard let address = IPAddress(client) else {
      return refusal(
        403, "Cannot identify the client IP address, unix domain sockets are not supported.")
    }
    if denied.contains(address) || !allowed.isEmpty && !allowed.contains(address) {
      return refusal(config.status ?? 403, config.message ?? "IP address not allowed: \(client)")
    }
    return .proceed
  }

  private func refusal(_ status: Int, _ message: String) -> RequestReply {
    .respond(.message(message, status: status))
  }
}
