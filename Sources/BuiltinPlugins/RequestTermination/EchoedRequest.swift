// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// What `echo` answers: the request as this plugin sees it, and what it was matched with.
enum EchoedRequest {
  static func text(of request: Request, message: String?) -> String {
    let head = request.original
    let captures = head.captures.all.map { ($0.name, JSONValue.string($0.value)) }
    let headers = request.headers.all.map {
      (name: $0.name.lowercased(), value: JSONValue.string($0.value))
    }
    let (host, port) = address(of: head)
    var echoed = JSONObject([
      ("scheme", .string(head.scheme)), ("host", host), ("port", port),
      ("method", .string(head.method)),
      ("path", .string(String(head.path.prefix { $0 != "?" }))),
      ("query", .object(head.parameters)),
      ("headers", .object(JSONObject(grouping: headers))),
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
      let fields = Query(form: request.body.text).original
      return .object(JSONObject(grouping: fields.map { ($0.name, .string($0.value)) }))
    default: return nil
    }
  }
}
