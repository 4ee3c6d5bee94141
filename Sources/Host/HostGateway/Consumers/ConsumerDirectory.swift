// SPDX-License-Identifier: Apache-2.0

import HostConfiguration

/// The consumers of one configuration, and what they are known by.
struct ConsumerDirectory: Sendable {
  let consumers: [KnownConsumer]
  /// For whom there are chains of their own, where plugins are configured for them. Consumers have numbers of these.
  let scopes: [ConsumerScope]
  private let byID: [String: Int]
  private let byUsername: [String: Int]
  private var keys = CredentialIndex()
  /// Whose each credential is, by its id.
  private var owners: [String: Int] = [:]

  /// - Parameter accepted: when the configuration was, in seconds since 1970.
  init(_ configuration: GatewayConfiguration, accepted: Int) {
    var scopes: [ConsumerScope] = []
    var numbers: [ConsumerScope: Int] = [:]
    var accessGroups = [[String]](repeating: [], count: configuration.consumers.count)
    for credential in configuration.credentials where credential.kind == .acl {
      guard let consumer = credential.consumer, let group = credential.text("group"),
        !accessGroups[consumer].contains(group)
      else { continue }
      accessGroups[consumer].append(group)
    }
    let groups = configuration.consumerGroups.map(\.name)
    let scopesOfConsumers = configuration.consumerScopes
    consumers = configuration.consumers.enumerated().map { index, consumer in
      let scope = scopesOfConsumers[index]
      if scope != .anyone, numbers[scope] == nil {
        numbers[scope] = scopes.count
        scopes.append(scope)
      }
      return KnownConsumer(
        consumer, accessGroups: accessGroups[index], groups: consumer.groups.map { groups[$0] },
        scope: numbers[scope])
    }
    self.scopes = scopes
    byID = Self.index(consumers.map(\.id))
    byUsername = Self.index(consumers.map(\.username))
    for credential in configuration.credentials {
      guard let consumer = credential.consumer else { continue }
      owners[credential.id] = consumer
      guard credential.kind == .keyAuth, let key = credential.text("key") else { continue }
      keys.insert(
        key, id: credential.id, consumer: consumer, end: credential.end(accepted: accepted))
    }
  }

  private static func index(_ names: [String]) -> [String: Int] {
    Dictionary(
      names.enumerated().lazy.filter { !$0.element.isEmpty }.map { ($0.element, $0.offset) }
    ) { first, _ in first }
  }

  /// Whose key it is, and which of the consumer's credentials.
  ///
  /// - Parameter now: seconds since 1970.
  func find(
    key presented: UnsafeRawBufferPointer, now: Int
  ) -> (consumer: KnownConsumer, credential: String)? {
    keys.find(presented, now: now).map { (consumers[$0.consumer], $0.id) }
  }

  /// The consumer of this id, or else of this username.
  func find(named name: String) -> KnownConsumer? {
    (byID[name] ?? byUsername[name]).map { consumers[$0] }
  }

  func consumer(id: String) -> KnownConsumer? { byID[id].map { consumers[$0] } }

  /// Whether the credential is one of the consumer's.
  func isCredential(_ id: String, of consumer: KnownConsumer) -> Bool {
    owners[id].map { consumers[$0] === consumer } ?? false
  }
}
