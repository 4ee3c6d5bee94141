// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Kong's `acl`: consumers of some groups may use a route, or may not.
@main
struct ACL: Plugin, RequestPhase {
  struct Config: Decodable, Sendable {
    var allow: [String]?
    var deny: [String]?
    var hideGroupsHeader: Bool
    var alwaysUseAuthenticatedGroups: Bool
    var includeConsumerGroups: Bool

    private enum CodingKeys: String, CodingKey {
      case allow, deny
      case hideGroupsHeader = "hide_groups_header"
      case alwaysUseAuthenticatedGroups = "always_use_authenticated_groups"
      case includeConsumerGroups = "include_consumer_groups"
    }
  }

  static let manifest = Manifest(
    name: "acl", version: "0.1.0", priority: 950, takesConsumers: false)

  static let schema = ConfigSchema(
    [
      "allow": .array(of: .string).describe("groups that may use it; all others may not"),
      "deny": .array(of: .string).describe("groups that may not use it; all others may"),
      "hide_groups_header": .boolean.required.default(false)
        .describe("whether the upstream is not told the groups in X-Consumer-Groups"),
      "always_use_authenticated_groups": .boolean.required.default(false)
        .describe("whether `authenticated_groups` count before the consumer's own"),
      "include_consumer_groups": .boolean.required.default(false)
        .describe("whether the consumer groups of the consumer count beside its `acls`"),
    ],
    checks: [.onlyOneOf("allow", "deny"), .atLeastOneOf("allow", "deny")])

  private let config: Config

  init(config: Config, host: Host) { self.config = config }

  var requestInterest: Interest? { config.interest }

  mutating func request(_ request: inout Request) -> RequestReply {
    guard let groups = ClientGroups(of: request, config) else {
      // Known by a credential that is no consumer's, or not known at all.
      return request.variables[Variables.credential] != nil
        ? .refused(403, "You cannot consume this service") : .refused(401, "Unauthorized")
    }
    guard isAllowed(groups) else { return .refused(403, "You cannot consume this service") }
    if !config.hideGroupsHeader, !groups.names.isEmpty {
      request.headers[groups.field] = groups.names.joined(separator: ", ")
    }
    return .proceed
  }

  private func isAllowed(_ groups: ClientGroups) -> Bool {
    if let deny = config.deny, !deny.isEmpty { return !deny.contains(where: groups.names.contains) }
    return config.allow?.contains(where: groups.names.contains) ?? false
  }

  /// What other plugins know of the client.
  enum Variables {
    static let id = "consumer.id"
    static let credential = "credential.id"
    static let groups = "consumer.acl_groups"
    static let consumerGroups = "consumer.groups"
    /// Set by plugins that learn groups from elsewhere.
    static let authenticated = "authenticated_groups"
  }
}

extension ACL.Config {
  /// What the plugin must see. Where it only decides it may be asked beside others; where it tells the upstream the groups, it
  /// edits.
  var interest: Interest {
    Interest(
      variables: [
        ACL.Variables.id, ACL.Variables.credential, ACL.Variables.groups,
        ACL.Variables.authenticated,
      ] + (includeConsumerGroups ? [ACL.Variables.consumerGroups] : []),
      inspects: hideGroupsHeader)
  }
}

/// The groups that a client is in, and the field in which the upstream is told.
struct ClientGroups {
  let names: [String]
  let field: String

  /// Nil: nothing is known of the client.
  init?(of request: Request, _ config: ACL.Config) {
    func names(_ variable: String) -> [String]? {
      request.variables[variable]?.json.array?.compactMap(\.text)
    }
    let isConsumer = request.variables[ACL.Variables.id] != nil
    if !isConsumer || config.alwaysUseAuthenticatedGroups,
      let authenticated = names(ACL.Variables.authenticated)
    {
      self.names = authenticated
      field = "X-Authenticated-Groups"
      return
    }
    guard isConsumer else { return nil }
    let own = names(ACL.Variables.groups) ?? []
    let others = config.includeConsumerGroups ? names(ACL.Variables.consumerGroups) ?? [] : []
    self.names = own + others.filter { !own.contains($0) }
    field = "X-Consumer-Groups"
  }
}

extension RequestReply {
  /// As Kong's errors in JSON.
  fileprivate static func refused(_ status: Int, _ message: String) -> RequestReply {
    .respond(.message(message, status: status))
  }
}
