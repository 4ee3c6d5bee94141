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
    root.add("request") { LoggedRequest.write(exchange, to: &$0) }
    root.add("response") { Self.writeResponse(exchange, to: &$0) }
    root.add("latencies") { Self.writeLatencies(summary, to: &$0) }
    root.add("tries") { LoggedTries.write(summary, to: &$0) }
    root.add("client_ip") { $0.string(exchange.request.clientAddress) }
    root.add("started_at") { $0.number(Int(exchange.request.receivedAt / 1000)) }
    root.add("upstream_uri") { $0.string(summary.upstreamPath) }
    root.add("upstream_status") { $0.string(Self.upstreamStatus(summary)) }
    root.add("source") { $0.string(Self.source(summary)) }
    root.add("workspace") { $0.string(Self.workspace) }
    root.add("workspace_name") { $0.string("default") }
    // These are the host's own, and so are JSON; plugins may say of theirs what they like.
    addJSON("service", summary.serviceJSON)
    addJSON("route", summary.routeJSON)
    addJSON("consumer", summary.consumerJSON)
    let credential = summary.credentialID
    if !credential.isEmpty {
      root.add("authenticated_entity") { $0.object { $0.member("id", credential) } }
    }
    summary.forEachLogField { path, json in root.set(path, to: json) }
  }

  private mutating func addJSON(_ name: StaticString, _ json: String) {
    if !json.isEmpty { root.add(name) { $0.json(json) } }
  }

  /// What an instance must be shown to write entries. The credentials are asked for only to be redacted.
  package static var interest: CompleteInterest {
    CompleteInterest(headers: .all + HeaderInterest(LoggedRequest.redacted))
  }

  /// The entry as one line, without its line feed.
  package var line: [UInt8] { root.json }

  private static func writeResponse(_ exchange: CompletedExchange, to text: inout LogText) {
    let summary = exchange.summary
    text.object {
      $0.member("status", summary.status)
      $0.name("headers")
      $0.fields(exchange.response?.headers ?? Headers())
      $0.member("size", Int(clamping: summary.responseHeadBytes + summary.responseBytes))
    }
  }

  /// Milliseconds, as Kong's: `request` is all of it, `proxy` the wait for the upstream's head, `kong`
  /// the host and its plugins up to the head, `receive` the rest. `proxy` is -1 when no upstream was
  /// asked.
  private static func writeLatencies(_ summary: Summary, to text: inout LogText) {
    let total = summary.total.wholeMilliseconds
    let proxy = summary.tries > 0 ? summary.upstream.wholeMilliseconds : -1
    // Of an exchange whose client left before there was a head, all is ours that was not the upstream's.
    let firstByte = summary.firstByte
    let head = firstByte > .zero ? firstByte.wholeMilliseconds : total
    let own = max(0, head - max(0, proxy))
    text.object {
      $0.member("request", total)
      $0.member("kong", own)
      $0.member("proxy", proxy)
      $0.member("receive", max(0, total - own - max(0, proxy)))
    }
  }

  /// As nginx has it: a text, empty when no upstream answered.
  private static func upstreamStatus(_ summary: Summary) -> String {
    let status = summary.upstreamStatus
    return status > 0 ? String(status) : ""
  }

  /// Who made the response, in Kong's words: whatever is not the upstream's is `kong`'s.
  private static func source(_ summary: Summary) -> String {
    summary.source == .upstream ? "upstream" : "kong"
  }
}

extension Duration {
  var wholeMilliseconds: Int {
    Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}
