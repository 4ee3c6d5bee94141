// SPDX-License-Identifier: Apache-2.0

import HostClients

extension ClientSettings {
  private static let milliseconds = 1...3_600_000

  /// The fields of `limits:` that are about clients.
  mutating func readLimits(_ record: inout RecordReader, requestHead: Int) {
    headerTimeout =
      record.integer("client_header_timeout", in: Self.milliseconds) ?? headerTimeout
    bodyTimeout = record.integer("client_body_timeout", in: Self.milliseconds) ?? bodyTimeout
    sendTimeout = record.integer("send_timeout", in: Self.milliseconds) ?? sendTimeout
    keepaliveTimeout =
      record.integer("keepalive_timeout", in: 0...3_600_000) ?? keepaliveTimeout
    keepaliveRequests =
      record.integer("keepalive_requests", in: 1...1_000_000_000) ?? keepaliveRequests
    connections = record.integer("connections", in: 1...10_000_000)
    connectionsOfAddress = record.integer("connections_per_address", in: 1...10_000_000)
    requestTarget = record.bytes("request_target") ?? min(requestTarget, requestHead)
    if requestTarget > requestHead {
      record.fail("request_target", "value should not be above request_head")
    }
  }

  /// Through whom clients come.
  mutating func readAddresses(_ record: inout RecordReader) {
    trustedIPs = record.strings("trusted_ips") { text in
      AddressBlock(text) == nil
        ? "expected an address, a range such as 10.0.0.0/8, or unix:" : nil
    }.compactMap { AddressBlock($0) }
    if let name = record.string(
      "real_ip_header", { Self.isToken($0) ? nil : "invalid header name" })
    {
      realIPHeader = name == "proxy_protocol" ? .proxyProtocol : .field(name)
    }
    isRealIPRecursive = record.boolean("real_ip_recursive") ?? isRealIPRecursive
  }

  /// What clients and upstreams are told.
  mutating func readHeaders(_ record: inout RecordReader) {
    headers = Self.injected("headers", &record) ?? headers
    upstreamHeaders =
      Self.injected("headers_upstream", &record, allowed: [InjectedHeader.kongRequestID.rawValue])
      ?? upstreamHeaders
    errorDefaultType =
      record.oneOf("error_default_type", ErrorType.allCases.map(\.rawValue))
      .flatMap(ErrorType.init) ?? errorDefaultType
  }

  /// A list of names, or `off`; nil when it is not there.
  private static func injected(
    _ field: String, _ record: inout RecordReader, allowed: [String]? = nil
  ) -> Set<InjectedHeader>? {
    guard record.has(field) else {
      _ = record.value(field)
      return nil
    }
    if record.value(field)?.content == .string("off") { return [] }
    let names =
      allowed ?? InjectedHeader.allCases.map(\.rawValue) + InjectedHeader.groups.keys.sorted()
    let chosen = record.strings(field) { name in
      names.contains(name.lowercased()) ? nil : "expected one of: \(names.joined(separator: ", "))"
    }
    return Set(
      chosen.flatMap { name in
        InjectedHeader.groups[name.lowercased()]
          ?? InjectedHeader(rawValue: name.lowercased()).map { [$0] } ?? []
      })
  }

  private static func isToken(_ text: String) -> Bool {
    text.utf8.count <= 128
      && text.utf8.allSatisfy { byte in
        byte > 0x20 && byte < 0x7F && !"\"(),/:;<=>?@[\\]{}".utf8.contains(byte)
      }
  }
}
