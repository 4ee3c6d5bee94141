// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import Glibc
import PluginProtocol

/// Facts about an exchange that is over. Each is read from the call's message when it is asked for: few plugins want all of
/// them.
public struct Summary: Sendable {
  private let received: ReceivedCall

  init(received: ReceivedCall) { self.received = received }

  private var message: UnsafeMutablePointer<Patchbay__Plugin__V1__Summary>? {
    received.summaryMessage
  }

  private func microseconds(_ value: UInt64?) -> Duration {
    .microseconds(Int64(clamping: value ?? 0))
  }

  /// The status code.
  public var status: Int { Int(message?.pointee.status ?? 0) }
  /// Who made the response.
  public var source: Source { Source(message?.pointee.source) }
  /// Bytes of the two bodies as they were on the client's connection.
  public var requestBytes: UInt64 { message?.pointee.request_bytes ?? 0 }
  /// Bytes of the response's body on the client's connection.
  public var responseBytes: UInt64 { message?.pointee.response_bytes ?? 0 }
  /// Bytes of the two heads as they were on the client's connection.
  public var requestHeadBytes: UInt64 { message?.pointee.request_head_bytes ?? 0 }
  /// Bytes of the response's head on the client's connection.
  public var responseHeadBytes: UInt64 { message?.pointee.response_head_bytes ?? 0 }
  /// From the request's head to the first byte for the client, and to the last.
  public var firstByte: Duration { microseconds(message?.pointee.first_byte_us) }
  /// From the request's head to the last byte for the client.
  public var total: Duration { microseconds(message?.pointee.total_us) }
  /// Time spent waiting for the upstream's head, and for plugins.
  public var upstream: Duration { microseconds(message?.pointee.upstream_us) }
  /// Time spent waiting for plugins.
  public var plugins: Duration { microseconds(message?.pointee.plugins_us) }
  /// The client left before the response was over.
  public var clientAborted: Bool { (message?.pointee.client_aborted ?? 0) != 0 }
  /// The response was cut short.
  public var truncated: Bool { (message?.pointee.truncated ?? 0) != 0 }
  /// Where the last try went, without the query.
  public var upstreamURL: String { String(message?.pointee.upstream_url) }
  /// Tries of an upstream.
  public var tries: Int { Int(message?.pointee.tries ?? 0) }
  /// The exchange's id as logs and headers spell it.
  public var requestID: String { String(message?.pointee.request_id) }
  /// The entities that were matched, as JSON objects; empty: none.
  public var serviceJSON: String { String(message?.pointee.service_json) }
  /// The matched route as a JSON object; empty: none.
  public var routeJSON: String { String(message?.pointee.route_json) }
  /// The consumer that sent the request, as a JSON object; empty: it is not known.
  public var consumerJSON: String { String(message?.pointee.consumer_json) }
  /// The id of the credential by which it is known; empty: none was shown.
  public var credentialID: String { String(message?.pointee.credential_id) }
  /// What the upstream answered, whatever plugins made of it; 0: none has.
  public var upstreamStatus: Int { Int(message?.pointee.upstream_status ?? 0) }
  /// What the client's TLS connection agreed on, in OpenSSL's names; empty: the client came in clear text.
  public var tlsVersion: String { String(message?.pointee.tls_version) }
  /// The cipher suite, likewise.
  public var tlsCipher: String { String(message?.pointee.tls_cipher) }
  /// Whether the client has shown a certificate: `SUCCESS`, `NONE`.
  public var tlsClientVerify: String { String(message?.pointee.tls_client_verify) }

  /// What became of each call of a plugin.
  public var calls: [CallOutcome] {
    (0..<(message?.pointee.n_calls ?? 0)).compactMap { index in
      (message?.pointee.calls[index]?.pointee).map { CallOutcome($0) }
    }
  }

  /// Each try of an upstream, in order.
  public var upstreamTries: [UpstreamTry] {
    (0..<(message?.pointee.n_upstream_tries ?? 0)).compactMap { index in
      (message?.pointee.upstream_tries[index]?.pointee).map { UpstreamTry($0) }
    }
  }

  /// Set by plugins whose complete phase came before: dotted path and JSON text.
  public var logFields: [(path: String, json: String)] {
    var fields: [(path: String, json: String)] = []
    forEachLogField { path, json in
      fields.append((String(decoding: path, as: UTF8.self), String(decoding: json, as: UTF8.self)))
    }
    return fields
  }

  /// Calls the closure with path and JSON of each of the ``logFields``; the bytes are valid during the call only.
  package func forEachLogField(
    _ body: (_ path: UnsafeRawBufferPointer, _ json: UnsafeRawBufferPointer) -> Void
  ) {
    withExtendedLifetime(received) {
      for index in 0..<(message?.pointee.n_log_fields ?? 0) {
        guard let field = message?.pointee.log_fields[index], let path = field.pointee.path
        else { continue }
        body(UnsafeRawBufferPointer(start: path, count: strlen(path)), field.pointee.json.view)
      }
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
