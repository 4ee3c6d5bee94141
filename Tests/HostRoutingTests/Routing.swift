// SPDX-License-Identifier: Apache-2.0

@testable import HostRouting

/// A route as a test writes it.
struct TestRule: Sendable {
  var methods: [String] = []
  var hosts: [String] = []
  var paths: [String] = []
  var headers: [String: [String]] = [:]
  var snis: [String] = []
  var priority = 0
  var createdAt: Int?
}

/// A request: `METHOD HOST PATH`, with `-` for no host, and what a test needs beside it.
struct TestRequest: Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  var method: String
  var host: String
  var path: String
  var headers: [(name: String, value: String)] = []
  var isSecure = false
  var sni: String?

  init(_ line: String) {
    let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
    (method, host, path) = (parts[0], parts[1] == "-" ? "" : parts[1], parts[2])
  }

  init(stringLiteral line: String) { self.init(line) }

  init(_ line: String, _ headers: KeyValuePairs<String, String>) {
    self.init(line)
    self.headers = headers.map { ($0.key, $0.value) }
  }

  init(secure line: String, sni: String? = nil) {
    self.init(line)
    isSecure = true
    self.sni = sni
  }

  var description: String {
    "\(method) \(host) \(path) \(headers) \(isSecure ? "secure" : "") \(sni ?? "")"
  }
}

extension TestRequest: RouteHeaders {
  func forEachField(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
    for (name, value) in headers {
      Array(name.utf8).withUnsafeBytes { name in
        Array(value.utf8).withUnsafeBytes { body(name, $0) }
      }
    }
  }
}

extension RouteRule {
  init(_ rule: TestRule) throws(RoutePattern.Invalid) {
    var headers: [RouteHeader] = []
    for (name, values) in rule.headers.sorted(by: { $0.key < $1.key }) {
      headers.append(try RouteHeader(name: name, values: values))
    }
    try self.init(
      methods: rule.methods, hosts: rule.hosts, paths: rule.paths, headers: headers,
      snis: rule.snis, regexPriority: rule.priority, createdAt: rule.createdAt)
  }
}

extension RouteTable {
  init(_ rules: [TestRule]) throws {
    self.init(try rules.map { try RouteRule($0) })
  }

  func match(_ request: TestRequest) -> Match? {
    let parts = [request.method, request.host, request.path].map { Array($0.utf8) }
    let sni = request.sni.map { Array($0.utf8) } ?? []
    return parts[0].withUnsafeBytes { method in
      parts[1].withUnsafeBytes { host in
        parts[2].withUnsafeBytes { path in
          sni.withUnsafeBytes { sni in
            match(
              RouteRequest(
                method: method, authority: host, path: path, isSecure: request.isSecure,
                sni: request.sni == nil ? nil : sni), headers: request)
          }
        }
      }
    }
  }
}
