// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// An exchange as Kong's log serializer writes it: `kong.log.serialize` of 3.10, the same keys and units.
struct LogEntry {
  private var root = JSONObject()

  init(of exchange: CompletedExchange) {
    root["request"] = Self.request(exchange)
    root["response"] = Self.response(exchange)
    root["latencies"] = Self.latencies(exchange)
    root["client_ip"] = .string(exchange.request.clientAddress)
    root["started_at"] = .int(exchange.request.receivedAt / 1000)
    root["tries"] = .int(exchange.summary.tries)
    root["upstream_uri"] = .string(Self.path(ofURL: exchange.summary.upstreamURL))
    root["upstream_status"] = Self.upstreamStatus(exchange)
    root["source"] = .string(Self.source(exchange))
    root["workspace_name"] = "default"
    if let service = try? JSONValue(parsing: exchange.summary.serviceJSON) {
      root["service"] = service
    }
    if let route = try? JSONValue(parsing: exchange.summary.routeJSON) { root["route"] = route }
    for field in exchange.summary.logFields {
      guard let value = try? JSONValue(parsing: field.json) else { continue }
      Self.set(value, at: field.path.split(separator: ".")[...], in: &root)
    }
  }

  /// The entry as one line, without its line feed.
  var line: String { JSONValue.object(root).description }

  private static func request(_ exchange: CompletedExchange) -> JSONValue {
    let head = exchange.request
    let (path, query) = split(head.path)
    var request = JSONObject()
    request["id"] = .string(exchange.summary.requestID)
    request["method"] = .string(head.method)
    request["uri"] = .string(head.path)
    request["url"] = .string("\(head.scheme)://\(withPort(head.authority, head.scheme))\(path)")
    request["querystring"] = .object(parameters(query))
    request["headers"] = .object(headers(head.headers))
    // As nginx counts: the head and the body, as they came.
    request["size"] = .int(exchange.summary.requestHeadBytes + exchange.summary.requestBytes)
    return .object(request)
  }

  private static func response(_ exchange: CompletedExchange) -> JSONValue {
    var response = JSONObject()
    response["status"] = .int(exchange.summary.status)
    response["headers"] = .object(exchange.response.map { headers($0.headers) } ?? JSONObject())
    response["size"] = .int(exchange.summary.responseHeadBytes + exchange.summary.responseBytes)
    return .object(response)
  }

  /// Milliseconds, as Kong's: `request` is all of it, `proxy` the wait for the upstream's head, `kong` the host and
  /// its plugins. `proxy` is -1 when no upstream was asked.
  private static func latencies(_ exchange: CompletedExchange) -> JSONValue {
    let total = milliseconds(exchange.summary.total)
    let proxy = exchange.summary.tries > 0 ? milliseconds(exchange.summary.upstream) : -1
    let own = max(0, milliseconds(exchange.summary.firstByte) - max(0, proxy))
    return [
      "request": .int(total), "kong": .int(own), "proxy": .int(proxy),
      "receive": .int(max(0, total - own - max(0, proxy))),
    ]
  }

  private static func upstreamStatus(_ exchange: CompletedExchange) -> JSONValue {
    exchange.summary.source == .upstream ? .string(String(exchange.summary.status)) : ""
  }

  /// Who made the response, in Kong's words.
  private static func source(_ exchange: CompletedExchange) -> String {
    switch exchange.summary.source {
    case .upstream: "upstream"
    case .plugin: "exit"
    case .host: "error"
    }
  }

  private static func milliseconds(_ duration: Duration) -> Int {
    Int(duration.components.seconds) * 1000
      + Int(duration.components.attoseconds / 1_000_000_000_000_000)
  }

  /// Names in lower case; a name that occurs more than once has an array.
  private static func headers(_ headers: Headers) -> JSONObject {
    grouped(headers.all.map { ($0.name.lowercased(), $0.value) })
  }

  private static func parameters(_ query: Substring) -> JSONObject {
    grouped(
      query.split(separator: "&").map { parameter in
        let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
      })
  }

  private static func grouped(_ pairs: [(name: String, value: String)]) -> JSONObject {
    var object = JSONObject()
    for (name, value) in pairs {
      switch object[name] {
      case nil: object[name] = .string(value)
      case .array(let values): object[name] = .array(values + [.string(value)])
      case .some(let first): object[name] = .array([first, .string(value)])
      }
    }
    return object
  }

  private static func split(_ target: String) -> (path: Substring, query: Substring) {
    guard let mark = target.firstIndex(of: "?") else { return (target[...], "") }
    return (target[..<mark], target[target.index(after: mark)...])
  }

  private static func withPort(_ authority: String, _ scheme: String) -> String {
    guard let last = authority.split(separator: ":", omittingEmptySubsequences: false).last,
      authority.contains(":"), last.allSatisfy(\.isNumber), !last.isEmpty
    else { return "\(authority):\(scheme == "https" ? 443 : 80)" }
    return authority
  }

  private static func path(ofURL url: String) -> String {
    guard let scheme = url.firstRange(of: "://") else { return url }
    let rest = url[scheme.upperBound...]
    guard let slash = rest.firstIndex(of: "/") else { return "/" }
    return String(rest[slash...])
  }

  /// Puts a value at a dotted path, making the objects on the way.
  private static func set(
    _ value: JSONValue, at path: ArraySlice<Substring>, in object: inout JSONObject
  ) {
    guard let first = path.first else { return }
    let rest = path.dropFirst()
    if rest.isEmpty {
      object[String(first)] = value
    } else {
      var inner = object[String(first)]?.object ?? JSONObject()
      set(value, at: rest, in: &inner)
      object[String(first)] = .object(inner)
    }
  }
}
