// SPDX-License-Identifier: Apache-2.0

/// Facts about an exchange that is over. Each is read from the call's message when it is asked for: few plugins want all of
/// them.
public struct Summary: Sendable {
  private let received: ReceivedCall

  init(received: ReceivedCall) { self.received = received }

  private var message: SummaryMessage { received.message.summary }

  private func microseconds(_ value: UInt64) -> Duration { .microseconds(Int64(clamping: value)) }

  /// The status code.
  public var status: Int { Int(message.status) }
  /// Who made the response.
  public var source: Source { Source(number: message.source) }
  /// Bytes of the two bodies as they were on the client's connection.
  public var requestBytes: UInt64 { message.requestBytes }
  /// Bytes of the response's body on the client's connection.
  public var responseBytes: UInt64 { message.responseBytes }
  /// Bytes of the two heads as they were on the client's connection.
  public var requestHeadBytes: UInt64 { message.requestHeadBytes }
  /// Bytes of the response's head on the client's connection.
  public var responseHeadBytes: UInt64 { message.responseHeadBytes }
  /// From the request's head to the first byte for the client, and to the last.
  public var firstByte: Duration { microseconds(message.firstByte) }
  /// From the request's head to the last byte for the client.
  public var total: Duration { microseconds(message.total) }
  /// Time spent waiting for the upstream's head, and for plugins.
  public var upstream: Duration { microseconds(message.upstream) }
  /// Time spent waiting for plugins.
  public var plugins: Duration { microseconds(message.plugins) }
  /// The client left before the response was over.
  public var clientAborted: Bool { message.clientAborted }
  /// The response was cut short.
  public var truncated: Bool { message.truncated }
  /// Where the last try went, without the query.
  public var upstreamURL: String { received.text(message.upstreamURL) }
  /// Tries of an upstream.
  public var tries: Int { Int(message.tries) }
  /// The exchange's id as logs and headers spell it.
  public var requestID: String { received.text(message.requestID) }
  /// The entities that were matched, as JSON objects; empty: none.
  public var serviceJSON: String { received.text(message.serviceJSON) }
  /// The matched route as a JSON object; empty: none.
  public var routeJSON: String { received.text(message.routeJSON) }
  /// The consumer that sent the request, as a JSON object; empty: it is not known.
  public var consumerJSON: String { received.text(message.consumerJSON) }
  /// The id of the credential by which it is known; empty: none was shown.
  public var credentialID: String { received.text(message.credentialID) }
  /// What the upstream answered, whatever plugins made of it; 0: none has.
  public var upstreamStatus: Int { Int(message.upstreamStatus) }
  /// What the client's TLS connection agreed on, in OpenSSL's names; empty: the client came in clear text.
  public var tlsVersion: String { received.text(message.tlsVersion) }
  /// The cipher suite, likewise.
  public var tlsCipher: String { received.text(message.tlsCipher) }
  /// Whether the client has shown a certificate: `SUCCESS`, `NONE`.
  public var tlsClientVerify: String { received.text(message.tlsClientVerify) }

  /// What became of each call of a plugin.
  public var calls: [CallOutcome] { message.calls.map { CallOutcome($0) } }

  /// Each try of an upstream, in order.
  public var upstreamTries: [UpstreamTry] { message.upstreamTries.map { UpstreamTry($0) } }

  /// Set by plugins whose complete phase came before: dotted path and JSON text.
  public var logFields: [(path: String, json: String)] {
    message.logFields.map { (received.text($0.name), received.text($0.value)) }
  }

  /// Calls the closure with path and JSON of each of the ``logFields``; the bytes are valid during the call only.
  package func forEachLogField(
    _ body: (_ path: UnsafeRawBufferPointer, _ json: UnsafeRawBufferPointer) -> Void
  ) {
    withExtendedLifetime(received) {
      for field in message.logFields { body(field.name, field.value) }
    }
  }
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
