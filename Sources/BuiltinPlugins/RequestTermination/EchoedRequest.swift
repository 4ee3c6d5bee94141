// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// What `echo` answers: the request as this plugin sees it, and what it was matched with.
enum EchoedRequest {
  static func text(of request: Request, message: String?) -> String {
    let head = request.original
    let parameters = parameters(of: head)
    let captures = head.captures.all.map { ($0.name, JSONValue.string($0.value)) }
    let headers = request.headers.all.map { ($0.name.lowercased(), JSONValue.string($0.value)) }
    let (host, port) = address(of: head)
    var echoed = JSONObject([
      ("scheme", .string(head.scheme)), ("host", host), ("port", port),
      ("method", .string(head.method)),
      ("path", .string(String(head.path.prefix { $0 != "?" }))),
      ("query", .object(grouped(parameters))),
      ("headers", .object(grouped(headers))),
      ("raw_body", .string(request.body.text)),
      ("uri_captures", ["named": .object(JSONObject(captures))]),
    ])
    echoed["body"] = decoded(request)
    var answer = JSONObject()
    answer["message"] = message.map { .string($0) }
    answer["request"] = .object(echoed)
    if !head.route.isEmpty { answer["matched_route"] = ["name": .string(head.route)] }
    if !head.service.isEmpty { answer["matched_service"] = ["name": .string(head.service)] }
    return JSONValue.object(answer).description
  }

  /// A parameter without a value is true.
  private static func parameters(of head: RequestHead) -> [(String, JSONValue)] {
    let path = head.path
    guard let mark = path.firstIndex(of: "?") else { return [] }
    return zip(path[path.index(after: mark)...].split(separator: "&"), head.query.original).map {
      ($1.name, $0.contains("=") ? .string($1.value) : true)
    }
  }

  private static func address(of head: RequestHead) -> (host: JSONValue, port: JSONValue) {
    let authority = head.authority
    if let colon = authority.lastIndex(of: ":"),
      let port = Int(authority[authority.index(after: colon)...])
    {
      return (.string(String(authority[..<colon])), .int(port))
    }
    return (.string(authority), .int(head.scheme == "https" ? 443 : 80))
  }

  /// The body as its media type says it is to be read: JSON, or a form. Nil: as another, or not that.
  private static func decoded(_ request: Request) -> JSONValue? {
    let type = request.headers["content-type"] ?? ""
    let essence = type.split(separator: ";").first?.split(separator: " ").first ?? ""
    switch essence.lowercased() {
    case "application/json": return try? JSONValue(parsing: request.body.text)
    case "application/x-www-form-urlencoded":
      return .object(
        grouped(Query(form: request.body.text).original.map { ($0.name, .string($0.value)) }))
    default: return nil
    }
  }

  /// A name that occurs more than once has a list.
  private static func grouped(_ members: [(String, JSONValue)]) -> JSONObject {
    var names: [String] = []
    var values: [String: [JSONValue]] = [:]
    for (name, value) in members {
      if values[name] == nil { names.append(name) }
      values[name, default: []].append(value)
    }
    return JSONObject(
      names.map { name in
        let found = values[name] ?? []
        return (name, found.count == 1 ? found[0] : .array(found))
      })
  }
}
