// SPDX-License-Identifier: Apache-2.0

import HostClients
import HostConfiguration
import HostExchange
import HostHTTP
import HostPools

// The fields that the host adds, as Kong does: what upstreams are told of the client, and clients of the gateway.
extension Exchange {
  private var policy: ClientPolicy { worker.policy }

  /// The request's edits with the host's own beside those of the plugins.
  func forwardedEdits(_ origin: Origin) -> HeaderEdits {
    var edits = request.edits
    let fields = request.head.fields
    let keepsHost = destination?.preserveHost ?? false
    if !keepsHost, !edits.masks(.host) { edits.set("Host", origin.authority) }
    edits.set("X-Forwarded-For", forwardedFor(fields))
    edits.set("X-Real-IP", request.clientAddress)
    // Of a proxy that is trusted its word is kept, of all others replaced.
    func isKept(_ name: StaticString) -> Bool {
      let name = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
      return request.isFromTrusted && fields.withFirst(name) { !$0.isEmpty } ?? false
    }
    if !isKept("X-Forwarded-Proto") {
      edits.set("X-Forwarded-Proto", request.isSecure ? "https" : "http")
    }
    if !isKept("X-Forwarded-Host") {
      request.head.withAuthority { edits.set("X-Forwarded-Host", Authority.host(of: $0)) }
    }
    if !isKept("X-Forwarded-Port") { edits.set("X-Forwarded-Port", String(request.port)) }
    if !isKept("X-Forwarded-Path") { request.head.withPath { edits.set("X-Forwarded-Path", $0) } }
    if !isKept("X-Forwarded-Prefix") { setPrefix(&edits) }
    limitEncodings(&edits)
    if policy.headers.via {
      edits.set("Via", via(fields, version: request.protocolVersion))
    }
    if policy.upstreamHeaders.kongRequestID {
      requestID.withText { edits.set("X-Kong-Request-Id", $0) }
    }
    return edits
  }

  /// The part of the path that the route has and the upstream does not get.
  private func setPrefix(_ edits: inout HeaderEdits) {
    guard let route = request.route, destination?.stripPath == true, route.matchedLength > 1 else {
      return edits.remove("X-Forwarded-Prefix")
    }
    func set(_ path: UnsafeRawBufferPointer) {
      edits.set(
        "X-Forwarded-Prefix", UnsafeRawBufferPointer(rebasing: path.prefix(route.matchedLength)))
    }
    if let path = route.normalPath { path.withUnsafeBytes(set) } else { request.head.withPath(set) }
  }

  /// The addresses that former proxies have named, and behind them who connected; else the client's.
  private func forwardedFor(_ fields: HeaderFields) -> [UInt8] {
    guard fields.contains(.xForwardedFor) else { return Array(request.clientAddress.utf8) }
    return list(fields, .xForwardedFor) + request.peerAddress.utf8
  }

  private func via(_ fields: HeaderFields, version: String) -> [UInt8] {
    // The one that nearly all speak is made already.
    let own = version == "1.1" ? policy.via : Array("\(version) \(policy.token)".utf8)
    return fields.contains(.via) ? list(fields, .via) + own : own
  }

  /// The values of a field, with a comma behind each.
  private func list(_ fields: HeaderFields, _ name: KnownHeader) -> [UInt8] {
    var values: [UInt8] = []
    guard fields.contains(name) else { return values }
    fields.forEach { field, _, value in
      guard field.known == name, !value.isEmpty else { return }
      values += value
      values += ", ".utf8
    }
    return values
  }

  /// What the client is told of its request, its upstream and the gateway.
  func addOwnFields() {
    let headers = policy.headers
    requestID.withText {
      response.edits.set("X-Patchbay-Request-Id", $0)
      if headers.kongRequestID { response.edits.set("X-Kong-Request-Id", $0) }
    }
    let elapsed = (worker.now() &- times.start) / 1_000_000
    guard machine.source == .upstream else {
      if headers.responseLatency {
        response.edits.set("X-Kong-Response-Latency", String(elapsed))
      }
      response.edits.set("Date", WallClock.httpDate())
      if headers.server { response.edits.set("Server", policy.token) }
      return
    }
    let upstream = facts.upstreamTime / 1_000_000
    if headers.upstreamLatency {
      response.edits.set("X-Kong-Upstream-Latency", String(upstream))
    }
    if headers.proxyLatency {
      response.edits.set(
        "X-Kong-Proxy-Latency", String(elapsed > upstream ? elapsed - upstream : 0))
    }
    if headers.upstreamStatus, let status = facts.upstreamStatus {
      response.edits.set("X-Kong-Upstream-Status", String(status))
    }
    if headers.via { response.edits.set("Via", via(response.fields, version: "1.1")) }
  }

  /// The type in which the client reads errors.
  var errorType: ErrorType {
    let fields = request.head.fields
    return ErrorType.chosen(
      accept: fields.withFirst(.accept) { Array($0) },
      contentType: fields.withFirst(.contentType) { Array($0) }, standard: policy.errorType)
  }
}
