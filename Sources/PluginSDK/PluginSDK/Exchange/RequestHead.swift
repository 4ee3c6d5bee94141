// SPDX-License-Identifier: Apache-2.0

/// The head of an exchange's request, as the client sent it and the interest shows it.
public struct RequestHead: Sendable {
  let received: ReceivedCall

  /// `GET`, `POST`, …
  public var method: String { received.text(received.request.method) }
  /// Scheme of the client's connection: `http` or `https`.
  public var scheme: String { received.text(received.request.scheme) }
  /// The name that the client used for this server.
  public var authority: String { received.text(received.request.authority) }
  /// Path and query as the client sent them.
  public var path: String { received.text(received.request.path) }
  /// The query's parameters.
  public var query: Query { Query(path: path) }
  /// The fields that the interest names.
  public var headers: Headers { Headers(shown: received.requestHeaders) }
  /// Named captures of the route's path.
  public var captures: Captures { Captures(fields: received.captures) }
  /// Numeric address of the peer.
  public var clientAddress: String { received.clientAddress }
  /// Name of the matched service; empty where it has none.
  public var service: String { received.service }
  /// Name of the matched route; empty where it has none.
  public var route: String { received.route }
  /// Microseconds since 1970 at which the head was complete.
  public var receivedAt: UInt64 { received.receivedAt }
}

/// Named captures of a route's path.
public struct Captures: Sendable {
  let fields: ReceivedFields

  /// What the named group matched.
  public subscript(name: String) -> String? {
    fields.exactly(name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// All captures.
  public var all: [(name: String, value: String)] {
    (0..<fields.count).map {
      (
        String(decoding: fields.name($0), as: UTF8.self),
        String(decoding: fields.value($0), as: UTF8.self)
      )
    }
  }
}

/// Who made a response.
public enum Source: Sendable, Hashable {
  case upstream
  /// A plugin responded.
  case plugin
  /// The host itself: an error of its own.
  case host
}

/// The head of a response as the interest shows it.
public struct ResponseHead: Sendable {
  let received: ReceivedCall

  /// The status code.
  public var status: Int { received.status }
  /// The fields that the interest names.
  public var headers: Headers { Headers(shown: received.responseHeaders) }
  /// Who made it.
  public var source: Source { received.source }
  /// From the request's head to the response's.
  public var after: Duration { received.after }
}
