// SPDX-License-Identifier: Apache-2.0

/// How an exchange went. Nobody waits for what a plugin does with it.
public struct CompletedExchange: PhaseValue {
  /// The call that this value belongs to.
  public var context: PhaseContext
  /// Sizes, times, outcomes.
  public let summary: Summary
  /// The request's body, when the interest asks for it; cut at its limit.
  public let requestBody: Bytes
  /// The response's body, when the interest asks for it; cut at its limit.
  public let responseBody: Bytes

  init(_ received: ReceivedCall) {
    context = PhaseContext(received)
    summary = received.summary
    let payload = received.payload
    let boundary = min(received.requestBodyLength, payload.count)
    requestBody = payload[0..<boundary]
    responseBody = payload[boundary..<payload.count]
  }

  /// The request's head.
  public var request: RequestHead { RequestHead(received: context.received) }
  /// The response's head; nil when the client left before there was one.
  public var response: ResponseHead? {
    context.received.hasResponse ? ResponseHead(received: context.received) : nil
  }
}

/// Facts about an exchange that is over.
public struct Summary: Sendable {
  /// The status code.
  public let status: Int
  /// Who made the response.
  public let source: Source
  /// Bytes of the two bodies as they were on the client's connection.
  public let requestBytes: UInt64
  /// Bytes of the response's body on the client's connection.
  public let responseBytes: UInt64
  /// Bytes of the two heads as they were on the client's connection.
  public let requestHeadBytes: UInt64
  /// Bytes of the response's head on the client's connection.
  public let responseHeadBytes: UInt64
  /// From the request's head to the first byte for the client, and to the last.
  public let firstByte: Duration
  /// From the request's head to the last byte for the client.
  public let total: Duration
  /// Time spent waiting for the upstream's head, and for plugins.
  public let upstream: Duration
  /// Time spent waiting for plugins.
  public let plugins: Duration
  /// The client left before the response was over.
  public let clientAborted: Bool
  /// The response was cut short.
  public let truncated: Bool
  /// What became of each call of a plugin.
  public let calls: [CallOutcome]
  /// Set by plugins whose complete phase came before: dotted path and JSON text.
  public let logFields: [(path: String, json: String)]
  /// Where the last try went, without the query.
  public let upstreamURL: String
  /// Tries of an upstream.
  public let tries: Int
  /// The exchange's id as logs and headers spell it.
  public let requestID: String
  /// The entities that were matched, as JSON objects; empty: none.
  public let serviceJSON: String
  /// The matched route as a JSON object; empty: none.
  public let routeJSON: String
  /// The consumer that sent the request, as a JSON object; empty: it is not known.
  public let consumerJSON: String
  /// The id of the credential by which it is known; empty: none was shown.
  public let credentialID: String
  /// What the upstream answered, whatever plugins made of it; 0: none has.
  public let upstreamStatus: Int
  /// Each try of an upstream, in order.
  public let upstreamTries: [UpstreamTry]
  /// What the client's TLS connection agreed on, in OpenSSL's names; empty: the client came in clear text.
  public let tlsVersion: String
  /// The cipher suite, likewise.
  public let tlsCipher: String
  /// Whether the client has shown a certificate: `SUCCESS`, `NONE`.
  public let tlsClientVerify: String
}

/// One try of an upstream.
public struct UpstreamTry: Sendable, Hashable {
  /// The host that was asked for, by name or address, without brackets.
  public var host: String
  /// The port that was asked for.
  public var port: Int
  /// Microseconds since 1970 at which it began.
  public var startedAt: Int
  /// From there until there was a connection; zero: there was none.
  public var connected: Duration
  /// The code of the host's error; empty: the upstream has answered, or was still to answer.
  public var error: String
  /// What it answered, or what the error would answer; 0: nothing.
  public var status: Int

  /// A try, as tests tell of it.
  public init(
    host: String, port: Int, startedAt: Int = 0, connected: Duration = .zero, error: String = "",
    status: Int = 200
  ) {
    self.host = host
    self.port = port
    self.startedAt = startedAt
    self.connected = connected
    self.error = error
    self.status = status
  }
}

/// What became of one call of a plugin.
public struct CallOutcome: Sendable, Hashable {
  /// The plugin's name.
  public let plugin: String
  /// `request`, `response`, …
  public let phase: String
  /// `ok`, `responded`, `died`, `timeout`, `overload`, `too-large`, `violation`, `error`, `cancelled`.
  public let outcome: String
  /// From the call to its outcome.
  public let duration: Duration
}
