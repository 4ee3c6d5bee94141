// SPDX-License-Identifier: Apache-2.0

public import PluginSDK

/// A request as a test gives it, or as it is after a plugin's edits.
public struct TestRequest: Sendable, Equatable {
  /// `GET`, `POST`, …
  public var method: String
  /// With the query.
  public var path: String
  /// The header fields.
  public var headers: Headers
  /// The whole body.
  public var body: [UInt8]
  /// Of the client's connection: `http` or `https`.
  public var scheme = "http"
  /// The name that the client used for the gateway.
  public var authority = "gateway.test"
  /// Numeric address of the client.
  public var clientAddress = "192.0.2.1"
  /// Name of the matched service.
  public var service = "service"
  /// Name of the matched route.
  public var route = "route"
  /// Named captures of the route's path.
  public var captures: [String: String] = [:]
  /// Where it goes; nil is the service's address.
  public var target: Target?
  /// The credentials that the plugin asked for; nil: it left them as they are. Secrets equal those of the test's config.
  public var authorization: Authorization?
  /// Who the client is, as the plugin says; nil: it says nothing.
  public var authentication: Authentication?
  /// Where the plugin says that the client's credential stands.
  public var concealed = ConcealedFields()

  /// A request.
  public init(method: String, path: String, headers: Headers = [:], body: [UInt8] = []) {
    self.method = method
    self.path = path
    self.headers = headers
    self.body = body
  }

  /// A `GET` request.
  public static func get(_ path: String, headers: Headers = [:]) -> TestRequest {
    TestRequest(method: "GET", path: path, headers: headers)
  }

  /// A `POST` request.
  public static func post(
    _ path: String, headers: Headers = [:], body: String
  ) -> TestRequest {
    TestRequest(method: "POST", path: path, headers: headers, body: Array(body.utf8))
  }

  /// The body read as UTF-8.
  public var text: String { String(decoding: body, as: UTF8.self) }
}

/// A response as a test gives it, or as it is after a plugin's edits.
public struct TestResponse: Sendable, Equatable {
  /// The status code.
  public var status: Int
  /// The header fields.
  public var headers: Headers
  /// The whole body.
  public var body: [UInt8]
  /// Who made it.
  public var source: Source = .upstream

  /// A response.
  public init(status: Int = 200, headers: Headers = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A response with a text for its body.
  public init(status: Int = 200, headers: Headers = [:], text: String) {
    self.init(status: status, headers: headers, body: Array(text.utf8))
  }

  /// The body read as UTF-8.
  public var text: String { String(decoding: body, as: UTF8.self) }
}

/// How an exchange ended, for the `complete` phase.
public struct TestSummary: Sendable {
  /// The status code.
  public var status = 200
  /// Who made the response.
  public var source: Source = .upstream
  /// Bytes of the request's body on the client's connection.
  public var requestBytes: UInt64 = 0
  /// Bytes of the response's body on the client's connection.
  public var responseBytes: UInt64 = 0
  /// Bytes of the request's head on the client's connection.
  public var requestHeadBytes: UInt64 = 0
  /// Bytes of the response's head on the client's connection.
  public var responseHeadBytes: UInt64 = 0
  /// From the request's head to the first byte for the client.
  public var firstByte: Duration = .milliseconds(1)
  /// From the request's head to the last byte for the client.
  public var total: Duration = .milliseconds(2)
  /// Time spent waiting for the upstream's head.
  public var upstream: Duration = .milliseconds(1)
  /// Time spent waiting for plugins.
  public var plugins: Duration = .zero
  /// The client left before the response was over.
  public var clientAborted = false
  /// The response was cut short.
  public var truncated = false
  /// Set by earlier plugins: dotted path and JSON.
  public var logFields: [(path: String, json: String)] = []
  /// Where the last try went, without the query.
  public var upstreamURL = "http://upstream.test/"
  /// Tries of an upstream.
  public var tries = 1
  /// The exchange's id as logs and headers spell it.
  public var requestID = "00000000000000000000000000000001"
  /// The matched service as a JSON object; empty: none.
  public var serviceJSON = ""
  /// The matched route as a JSON object; empty: none.
  public var routeJSON = ""
  /// The consumer that sent the request, as a JSON object; empty: it is not known.
  public var consumerJSON = ""
  /// The id of the credential by which it is known; empty: none was shown.
  public var credentialID = ""
  /// What the upstream answered; 0: none has.
  public var upstreamStatus = 200
  /// Each try of an upstream, in order.
  public var upstreamTries: [UpstreamTry] = []
  /// What the client's TLS connection agreed on: version, cipher suite, and whether it has shown a certificate.
  public var tls: (version: String, cipher: String, clientVerify: String)?

  /// A request that went well.
  public init() {}
}

/// What a call's reply said.
public struct CallResult: Sendable {
  /// An edit of a body, in the coordinates of what was shown.
  public struct Splice: Sendable, Equatable {
    /// Where it begins in the shown body.
    public var offset: Int
    /// Bytes that it replaces.
    public var delete: Int
    /// A secret is `(secret)`.
    public var insert: String

    /// An edit.
    public init(offset: Int, delete: Int, insert: String) {
      self.offset = offset
      self.delete = delete
      self.insert = insert
    }
  }

  /// A measurement.
  public struct Measurement: Sendable, Equatable {
    /// The name.
    public var name: String
    /// What was added, set or observed.
    public var value: Double
    /// Its labels.
    public var labels: [String: String]
    /// What is added without rounding, as `315e-8`.
    public var exact: String?

    /// A measurement.
    public init(
      name: String, value: Double, labels: [String: String] = [:], exact: String? = nil
    ) {
      self.name = name
      self.value = value
      self.labels = labels
      self.exact = exact
    }
  }

  /// An entry for a queue of the host.
  public struct Delivery: Sendable, Equatable {
    /// The queue's name.
    public var queue: String
    /// What is to be delivered.
    public var entry: String
    /// Of a message for syslog.
    public var severity: Int
  }

  /// The request with the edits applied; of the `request` and `retry` phases.
  public var request: TestRequest
  /// The response that the plugin gave, or the upstream's with the edits applied.
  public var response: TestResponse?
  /// The plugin ended the request with a response of its own.
  public var responded = false
  /// That response's body comes from the `produce` phase.
  public var produces = false
  /// What was sent as edits of the body.
  public var splices: [Splice] = []
  /// Variables that the reply set.
  public var variables: [String: Variable] = [:]
  /// Log fields that the reply set.
  public var logFields: [String: JSONValue] = [:]
  /// What was measured.
  public var metrics: [Measurement] = []
  /// Lines for the log files.
  public var lines: [(file: String, line: String)] = []
  /// Entries for queues of the host.
  public var deliveries: [Delivery] = []
  /// Changes of later phases.
  public var later = Later()
  /// How errors look to the client.
  public var errorTemplate: ErrorTemplate?
  /// Bytes held back, of the `chunk` phase.
  public var hold = 0
  /// Nothing follows, of the `chunk` and `produce` phases.
  public var ended = false
  /// The released bytes of a chunk, or the produced piece.
  public var released: [UInt8] = []
  /// `retry`: the failure goes to the client.
  public var gaveUp = false
  /// The new state as it is encoded; nil: it did not change.
  public var checkpoint: String?
}

/// Why the harness cannot go on.
public struct HarnessError: Error, Sendable, CustomStringConvertible {
  /// What happened.
  public let description: String
}

extension Secret {
  /// The handle of a secret in a test's config. The harness shows it as `(secret)`, as the plugin sees it.
  public static func testing(_ name: String = "secret") -> Secret { Secret(handle: name) }
}
