// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostHTTP
import HostPools
import HostSigning
import HostTLS
import PluginProtocol

/// Somebody who takes batches as requests.
struct HTTPDestination: Sendable {
  let method: [UInt8]
  let address: UpstreamURL
  let origin: Origin
  /// All fields of the head but those that frame the body.
  let edits: HeaderEdits
  /// For the handles in the edits.
  let secrets: SecretTable
  let isArray: Bool
  /// Nanoseconds that a request may take.
  let timeout: UInt64
  let keepalive: UInt64
  /// Tells one destination from another.
  let place: String

  init(
    _ message: QueueMessage.HTTP, of plugin: PluginInstance, _ secrets: SecretTable
  ) throws(DeliveryTarget.Problem) {
    let text: String
    if secrets.isHeld(message.url, by: plugin.name) {
      text = secrets.value(of: message.url).map { String(decoding: $0, as: UTF8.self) } ?? ""
    } else {
      text = message.url
    }
    guard let pointer = plugin.config.pointer(to: text) else {
      throw DeliveryTarget.Problem(
        message: "the plugin wants to send entries to a URL that its config does not name")
    }
    let (url, credentials) = Self.split(text)
    guard let address = UpstreamURL(url) else {
      throw DeliveryTarget.Problem(message: "missing host in url", pointer: pointer)
    }
    guard ["POST", "PUT", "PATCH"].contains(message.method) else {
      throw DeliveryTarget.Problem(message: "entries are sent with POST, PUT or PATCH")
    }
    method = Array(message.method.utf8)
    self.address = address
    origin = address.origin.secured(by: message.isInsecure ? UpstreamSecurity.unverified : nil)
    edits = try Self.edits(message, address, credentials, of: plugin, secrets)
    self.secrets = secrets
    isArray = message.isArray
    timeout = (message.timeout == 0 ? 10_000 : UInt64(message.timeout)) * 1_000_000
    keepalive = UInt64(message.keepalive) * 1_000_000
    place = "\(message.method) \(url)"
  }

  private static func edits(
    _ message: QueueMessage.HTTP, _ address: UpstreamURL, _ credentials: [UInt8]?,
    of plugin: PluginInstance, _ secrets: SecretTable
  ) throws(DeliveryTarget.Problem) -> HeaderEdits {
    var edits = HeaderEdits()
    for header in message.headers {
      do {
        try add(header, to: &edits, of: plugin, secrets)
      } catch {
        let reason = (error as? HeaderEdits.Refusal)?.rawValue ?? "\(error)"
        throw DeliveryTarget.Problem(
          message: "the header '\(header.name)' cannot be sent: \(reason)")
      }
      if credentials != nil, header.name.lowercased() == "authorization" {
        throw DeliveryTarget.Problem(
          message:
            "specifying both an 'Authorization' header and user info in the URL is not allowed"
        )
      }
    }
    edits.set("Host", address.origin.authority)
    edits.set("Content-Type", message.contentType)
    if let credentials { edits.set("Authorization", Array("Basic ".utf8) + credentials.base64) }
    return edits
  }

  private static func add(
    _ header: QueueMessage.Header, to edits: inout HeaderEdits, of plugin: PluginInstance,
    _ secrets: SecretTable
  ) throws {
    let name = Array(header.name.utf8)
    switch header.source {
    case .value(let text):
      try name.withUnsafeBytes { name in
        try Array(text.utf8).withUnsafeBytes { try edits.set(name, .bytes($0)) }
      }
    case .secret(let handle):
      guard secrets.isHeld(handle, by: plugin.name) else { throw HeaderEdits.Refusal.badValue }
      try name.withUnsafeBytes { try edits.set($0, .secret(handle)) }
    }
  }

  /// A URL without its user information, and that.
  private static func split(_ text: String) -> (url: String, credentials: [UInt8]?) {
    guard let scheme = text.firstRange(of: "://") else { return (text, nil) }
    let rest = text[scheme.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    guard let at = authority.lastIndex(of: "@") else { return (text, nil) }
    let url = text[..<scheme.upperBound] + rest[rest.index(after: at)...]
    return (String(url), Array(authority[..<at].utf8).percentDecoded)
  }
}

extension UpstreamSecurity {
  /// For those whose certificate is not looked at. Nil: there can be no TLS at all, which shows elsewhere.
  static let unverified = try? UpstreamSecurity(
    Wish(trust: .everybody, identity: nil, verifyDepth: nil, offersHTTP2: false))
}
