// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// The `request` of a log entry.
enum LoggedRequest {
  /// What clients authenticate themselves with is never logged, only that they did.
  static let redacted = ["authorization", "proxy-authorization"]

  static func json(of exchange: CompletedExchange) -> JSONValue {
    let head = exchange.request
    var fields = JSONObject(fields: head.headers)
    for name in redacted where fields[name] != nil { fields[name] = "REDACTED" }
    let request: JSONValue = [
      "id": .string(exchange.summary.requestID),
      "method": .string(head.method),
      "uri": .string(head.path),
      "url": .string("\(head.scheme)://\(withPort(head.authority, head.scheme))\(head.path)"),
      "querystring": .object(head.parameters),
      "headers": .object(fields),
      // As nginx counts: the head and the body, as they came.
      "size": .int(exchange.summary.requestHeadBytes + exchange.summary.requestBytes),
    ]
    guard let tls = tls(of: exchange.summary), var members = request.object else { return request }
    members["tls"] = tls
    return .object(members)
  }

  /// What a TLS connection agreed on; nil in clear text.
  private static func tls(of summary: Summary) -> JSONValue? {
    guard !summary.tlsVersion.isEmpty else { return nil }
    return [
      "version": .string(summary.tlsVersion), "cipher": .string(summary.tlsCipher),
      "client_verify": .string(summary.tlsClientVerify),
    ]
  }

  private static func withPort(_ authority: String, _ scheme: String) -> String {
    let bytes = authority.utf8
    let digits = bytes.reversed().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let hasPort =
      !digits.isEmpty && bytes.dropLast(digits.count).last == UInt8(ascii: ":")
    return hasPort ? authority : "\(authority):\(scheme == "https" ? 443 : 80)"
  }
}

extension JSONObject {
  /// Header fields: names in lower case.
  init(fields: Headers) {
    self.init(grouping: fields.all.map { ($0.name.lowercased(), .string($0.value)) })
  }
}
