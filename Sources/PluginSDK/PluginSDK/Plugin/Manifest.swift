// SPDX-License-Identifier: Apache-2.0

/// Who a plugin is and what it needs. Its phases are the protocols that it conforms to.
public struct Manifest: Sendable, Hashable {
  /// As configurations spell it: lower case letters, digits and `-`, at most 64 bytes.
  public var name: String
  /// Semantic version of the package.
  public var version: String
  /// Where it stands in a chain; larger runs earlier in requests.
  public var priority: Int32
  /// Where it stands in a chain, if not where its priority says: for a plugin that must see responses after one of a
  /// higher priority has edited them. Nil: where its priority says.
  public var position: Int32?
  /// The host services that it calls. Others are refused.
  public var services: [HostService]
  /// What becomes of an exchange when a call fails for good.
  public var onFailure: FailurePolicy
  /// The format of the state. Raise it when older or newer processes cannot read it.
  public var stateVersion: UInt32
  /// What its process may do beyond its sockets; a configuration must grant each.
  public var permissions: [Permission]
  /// Whether an entry can be of a consumer or a consumer group. Not of a plugin that names ``HostService/consumers``.
  public var takesConsumers: Bool
  /// Whether an entry can be of one consumer, where ``takesConsumers`` lets it be of a consumer group.
  public var takesSingleConsumers: Bool

  /// A manifest; only name and version are needed.
  public init(
    name: String, version: String, priority: Int32 = 0, services: [HostService] = [],
    onFailure: FailurePolicy = .closed, stateVersion: UInt32 = 1, permissions: [Permission] = [],
    position: Int32? = nil, takesConsumers: Bool = true, takesSingleConsumers: Bool = true
  ) {
    self.name = name
    self.version = version
    self.priority = priority
    self.services = services
    self.onFailure = onFailure
    self.stateVersion = stateVersion
    self.permissions = permissions
    self.position = position
    self.takesConsumers = takesConsumers
    self.takesSingleConsumers = takesSingleConsumers
  }
}

/// What a plugin may ask of the host.
public enum HostService: Sendable, Hashable, CaseIterable {
  case http, kv, counter
  /// Signatures, and the ``Authorization`` of requests.
  case sign
  /// Queues for entries that leave after an exchange: ``Plugin/queues``.
  case deliver
  /// Consumers and their credentials, and the ``Authentication`` of clients.
  case consumers
}

/// What becomes of an exchange when a plugin could not answer.
public enum FailurePolicy: Sendable, Hashable {
  /// It is answered with an error.
  case closed
  /// It goes on as if the plugin had changed nothing.
  case open
}
