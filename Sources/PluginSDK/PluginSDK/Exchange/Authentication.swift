// SPDX-License-Identifier: Apache-2.0

import CPluginMessages

/// Who the client is, for the rest of the exchange: other plugins see it in the variables `consumer.id`, `consumer.username`,
/// … and `credential.id`, upstreams in `X-Consumer-ID` and its kin, and the instances that follow in the chain are those for
/// this consumer.
///
/// The manifest must name the service ``HostService/consumers``.
public struct Authentication: Sendable, Hashable {
  /// Id of the consumer.
  public var consumer: String
  /// Id of the credential; nil: the client has shown none, and passes as this consumer for want of one.
  public var credential: String?

  /// A client that has shown a credential.
  public init(_ found: FoundCredential) {
    consumer = found.consumer.id
    credential = found.id
  }

  /// A client that passes as a consumer without having shown anything.
  public init(anonymous consumer: Consumer) { self.consumer = consumer.id }

  package init(consumer: String, credential: String?) {
    self.consumer = consumer
    self.credential = credential
  }
}

/// What a client can present, by the protocol's numbers.
enum CredentialKind {
  /// A key of `keyauth_credentials`.
  static let key = PATCHBAY__PLUGIN__V1__CREDENTIAL_KIND__KEY_AUTH.rawValue
}

/// Where in a request the client's credential stands, good or not: those who write logs are shown `REDACTED` there.
public struct ConcealedFields: Sendable, Hashable {
  /// Names of header fields.
  public var headers: [String] = []
  /// Names of the query's parameters.
  public var query: [String] = []
  /// Ranges of the body that was shown.
  public var body: [Range<Int>] = []

  /// Nothing.
  public init() {}

  var isEmpty: Bool { headers.isEmpty && query.isEmpty && body.isEmpty }
}
