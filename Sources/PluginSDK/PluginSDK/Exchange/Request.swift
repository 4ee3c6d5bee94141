// SPDX-License-Identifier: Apache-2.0

/// The request of an exchange, to be read and edited in the `request` and `retry` phases.
///
/// The edits are for the upstream; only the difference is sent.
public struct Request: PhaseValue {
  /// The call that this value belongs to.
  public var context: PhaseContext
  private(set) var newMethod: String?
  private(set) var newPath: String?
  private(set) var newTarget: Target?
  private var queryEdits: Query?

  /// The credentials that the host adds when the request leaves for the upstream. Nil: those that earlier calls of the
  /// exchange have asked for, if any.
  public var authorization: Authorization?

  /// Who the client is. Nil: what earlier calls of the exchange have said, if any has.
  public var authentication: Authentication?
  /// Where the client's credential stands.
  public var concealed = ConcealedFields()

  /// The fields that the interest names, and changes.
  public var headers: Headers
  /// The body, if the interest asks for it, and edits of it.
  public var body: Body

  init(_ received: ReceivedCall) {
    context = PhaseContext(received)
    headers = Headers(shown: received.requestHeaders)
    body = Body(received.payload)
  }

  /// The request as the client sent it.
  public var original: RequestHead { RequestHead(received: context.received) }

  /// The method that the upstream gets.
  public var method: String {
    get { newMethod ?? original.method }
    set { newMethod = newValue }
  }

  /// Path and query that the upstream gets. To change single parameters use ``query``.
  public var path: String {
    get { newPath ?? original.path }
    set { newPath = newValue }
  }

  /// The query's parameters.
  public var query: Query {
    get { queryEdits ?? Query(path: path) }
    set { queryEdits = newValue }
  }

  /// Where the request goes; nil is the service's address.
  public var target: Target? {
    get { newTarget }
    set { newTarget = newValue }
  }

  /// Scheme of the client's connection: `http` or `https`.
  public var scheme: String { original.scheme }
  /// The name that the client used for this server.
  public var authority: String { original.authority }
  /// Named captures of the route's path.
  public var captures: Captures { original.captures }
  /// Numeric address of the peer.
  public var clientAddress: String { original.clientAddress }
  /// Name of the matched service; empty where it has none.
  public var service: String { original.service }
  /// Name of the matched route; empty where it has none.
  public var route: String { original.route }
  /// Microseconds since 1970 at which the head was complete.
  public var receivedAt: UInt64 { original.receivedAt }

  var editedQuery: [QueryEdit] { queryEdits?.edits ?? [] }
}

/// Why a try of an upstream gave no response.
public struct FailedTry: Sendable, Hashable {
  /// Counts the tries of the exchange from 1.
  public let number: Int
  /// `connect`, `tls`, `timeout`, `reset`, `status`, or `credentials` that the request was to leave with.
  public let reason: String
  /// The upstream's status, when it did answer.
  public let status: Int?
  /// Where the try went.
  public let target: String

  package init(number: Int, reason: String, status: Int?, target: String) {
    self.number = number
    self.reason = reason
    self.status = status
    self.target = target
  }
}
