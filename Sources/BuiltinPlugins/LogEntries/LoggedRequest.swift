// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// The `request` of a log entry.
enum LoggedRequest {
  /// What clients authenticate themselves with is never logged, only that they did.
  static let redacted = ["authorization", "proxy-authorization"]

  static func write(_ exchange: CompletedExchange, to text: inout LogText) {
    let head = exchange.request
    let summary = exchange.summary
    let (scheme, authority, path) = (head.scheme, head.authority, head.path)
    let port = hasPort(authority) ? "" : scheme == "https" ? ":443" : ":80"
    text.object {
      $0.member("id", summary.requestID)
      $0.member("method", head.method)
      $0.member("uri", path)
      $0.name("url")
      $0.string(joining: scheme, "://", authority, port, path)
      $0.name("querystring")
      $0.value(.object(head.parameters))
      $0.name("headers")
      $0.fields(head.headers, redacting: redacted)
      // As nginx counts: the head and the body, as they came.
      $0.member("size", Int(clamping: summary.requestHeadBytes + summary.requestBytes))
      writeTLS(summary, to: &$0)
    }
  }

  /// What a TLS connection agreed on; nothing in clear text.
  private static func writeTLS(_ summary: Summary, to text: inout LogText) {
    let version = summary.tlsVersion
    guard !version.isEmpty else { return }
    text.name("tls")
    text.object {
      $0.member("version", version)
      $0.member("cipher", summary.tlsCipher)
      $0.member("client_verify", summary.tlsClientVerify)
    }
  }

  private static func hasPort(_ authority: String) -> Bool {
    let bytes = authority.utf8
    guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else { return false }
    let port = bytes[bytes.index(after: colon)...]
    return !port.isEmpty
      && port.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
