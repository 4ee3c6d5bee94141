// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

/// An exchange as Kong's log serializer writes it: `kong.log.serialize` of 3.10, the same keys and
/// units.
package struct LogEntry: Sendable {
  /// There are no workspaces here: an entry has the default one, with the id that it has in every Kong
  /// that runs from a declarative file.
  private static let workspace = "0dc6f45b-8f8d-40d2-a504-473544ee190b"

  private var root = LogTree()

  package init(of exchange: CompletedExchange) {
    let summary = exchange.summary
    root.set("request", LoggedRequest.json(of: exchange))
    root.set("response", Self.response(exchange))
    root.set("latencies", Self.latencies(exchange))
    root.set("tries", LoggedTries.json(of: summary))
    root.set("client_ip", .string(exchange.request.clientAddress))
    root.set("started_at", .int(exchange.request.receivedAt / 1000))
    root.set("upstream_uri", .string(summary.upstreamPath))
    root.set("upstream_status", Self.upstreamStatus(exchange))
    root.set("source", Self.source(exchange))
    root.set("workspace", .string(Self.workspace))
    root.set("workspace_name", "default")
    // These are the host's own, and so are JSON; plugins may say of theirs what they like.
    if !summary.serviceJSON.isEmpty { root.set("service", text: summary.serviceJSON) }
    if !summary.routeJSON.isEmpty { root.set("route", text: summary.routeJSON) }
    if !summary.consumerJSON.isEmpty { root.set("consumer", text: summary.consumerJSON) }
    if !summary.credentialID.isEmpty {
      root.set("authenticated_entity", ["id": .string(summary.credentialID)])
    }
    for field in summary.logFields {
      guard let value = try? JSONValue(parsing: field.json) else { continue }
      root.set(value, at: field.path.utf8.split(separator: UInt8(ascii: "."))[...])
    }
  }

  /// What an instance must be shown to write entries. The credentials are asked for only to be redacted.
  package static var interest: CompleteInterest {
    CompleteInterest(headers: .all + HeaderInterest(LoggedRequest.redacted))
  }

  /// The entry as one line, without its line feed.
  package var line: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4096)
    root.write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func response(_ exchange: CompletedExchange) -> JSONValue {
    [
      "status": .int(exchange.summary.status),
      "headers": .object(exchange.response.map { JSONObject(fields: $0.headers) } ?? JSONObject()),
      "size": .int(exchange.summary.responseHeadBytes + exchange.summary.responseBytes),
    ]
  }

  /// Milliseconds, as Kong's: `request` is all of it, `proxy` the wait for the upstream's head, `kong`
  /// the host and its plugins up to the head, `receive` the rest. `proxy` is -1 when no upstream was
  /// asked.
  private static func latencies(_ exchange: CompletedExchange) -> JSONValue {
    let summary = exchange.summary
    let total = summary.total.wholeMilliseconds
    let proxy = summary.tries > 0 ? summary.upstream.wholeMilliseconds : -1
    // Of an exchange whose client left before there was a head, all is ours that was not the upstream's.
    let head = summary.firstByte > .zero ? summary.firstByte.wholeMilliseconds : total
    let own = max(0, head - max(0, proxy))
    return [
      "request": .int(total), "kong": .int(own), "proxy": .int(proxy),
      "receive": .int(max(0, total - own - max(0, proxy))),
    ]
  }

  /// As nginx has it: a text, empty when no upstream answered.
  private static func upstreamStatus(_ exchange: CompletedExchange) -> JSONValue {
    let status = exchange.summary.upstreamStatus
    return status > 0 ? .string(String(status)) : ""
  }

  /// Who made the response, in Kong's words: whatever is not the upstream's is `kong`'s.
  private static func source(_ exchange: CompletedExchange) -> JSONValue {
    exchange.summary.source == .upstream ? "upstream" : "kong"
  }
}

extension Duration {
  var wholeMilliseconds: Int {
    Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}
