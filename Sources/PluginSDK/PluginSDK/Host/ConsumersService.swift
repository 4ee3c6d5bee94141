// SPDX-License-Identifier: Apache-2.0

/// The gateway's consumers and what they are known by, for plugins that find out who a client is.
///
/// Credentials stay with the host: a plugin shows it what the client has presented. Who the client is, the plugin says with
/// ``Request/authentication``.
public struct ConsumersService: Sendable {
  let core: HostCore

  /// Whose key of `keyauth_credentials` this is; nil: nobody's.
  public func find(key: some Collection<UInt8>) async throws -> FoundCredential? {
    let reply = try await core.call(.findCredential(key: Array(key)))
    guard case .consumer(let consumer, let credential) = reply.result else {
      throw HostError.unexpected
    }
    return consumer.map { FoundCredential(id: credential, consumer: $0) }
  }

  /// The consumer of this id, or else of this username; nil: there is none.
  public func find(named name: String) async throws -> Consumer? {
    guard case .consumer(let consumer, _) = try await core.call(.findConsumer(name: name)).result
    else { throw HostError.unexpected }
    return consumer
  }
}

/// A credential that the configuration has.
public struct FoundCredential: Sendable, Hashable {
  /// The id of the entry.
  public let id: String
  /// Whose it is.
  public let consumer: Consumer

  /// A credential, as tests make one.
  public init(id: String, consumer: Consumer) {
    self.id = id
    self.consumer = consumer
  }
}

/// Who sends requests: an entry of `consumers`.
public struct Consumer: Sendable, Hashable {
  /// The id of the entry.
  public var id: String
  /// Empty: it has none.
  public var username: String
  /// Empty: it has none.
  public var customID: String
  /// Its tags.
  public var tags: [String]
  /// The groups of its `acls`.
  public var accessGroups: [String]
  /// The names of the consumer groups that it belongs to.
  public var groups: [String]

  /// A consumer, as tests make one.
  public init(
    id: String, username: String = "", customID: String = "", tags: [String] = [],
    accessGroups: [String] = [], groups: [String] = []
  ) {
    self.id = id
    self.username = username
    self.customID = customID
    self.tags = tags
    self.accessGroups = accessGroups
    self.groups = groups
  }
}
