// SPDX-License-Identifier: Apache-2.0

import Foundation
package import NIOCore
import NIOHTTP1

/// A request to the admin API.
package struct AdminRequest: Sendable {
  package let method: String
  /// Without the query, no slash at the end.
  package let path: String
  /// By name; the last one of a name counts.
  package let query: [String: String]
  /// Empty where there is none.
  package let contentType: String
  /// What the client takes; empty: it does not say.
  package var accept = ""
  package let body: ByteBuffer

  /// The body as JSON, keys in snake case.
  ///
  /// - Throws: when it is not what it should be.
  package func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(body.readableBytesView))
  }

  /// The fields of a query or a form, decoded.
  package static func query(_ text: String) -> [String: String] {
    func decoded(_ part: Substring) -> String {
      let text = String(part).replacing("+", with: " ")
      return text.removingPercentEncoding ?? text
    }
    var fields: [String: String] = [:]
    for field in text.split(separator: "&") {
      let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      fields[decoded(parts[0])] = parts.count > 1 ? decoded(parts[1]) : ""
    }
    return fields
  }

  package init(
    method: String, path: String, query: [String: String] = [:], contentType: String = "",
    body: ByteBuffer = ByteBuffer()
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.contentType = contentType
    self.body = body
  }

  init(_ head: HTTPRequestHead, body: ByteBuffer) {
    method = head.method.rawValue
    contentType = head.headers.first(name: "content-type") ?? ""
    accept = head.headers["accept"].joined(separator: ",")
    let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    query = parts.count > 1 ? Self.query(String(parts[1])) : [:]
    let path = parts.first.map(String.init) ?? "/"
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    self.body = body
  }
}

/// An answer of the admin API: JSON, in Kong's shapes where Kong has one.
package struct AdminResponse: Sendable {
  package var status: Int
  package var contentType: String
  package var headers: [(String, String)] = []
  package var body: ByteBuffer

  /// A value as JSON, keys in snake case and sorted, so that answers can be compared.
  package static func json(_ value: some Encodable, status: Int = 200) -> AdminResponse {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.dateEncodingStrategy = .iso8601
    do {
      let body = ByteBuffer(bytes: try encoder.encode(value))
      return AdminResponse(status: status, contentType: "application/json", body: body)
    } catch {
      return .error(500, "An unexpected error occurred")
    }
  }

  /// JSON that is written already.
  package static func raw(_ body: [UInt8], status: Int = 200) -> AdminResponse {
    AdminResponse(status: status, contentType: "application/json", body: ByteBuffer(bytes: body))
  }

  /// What is no JSON.
  package static func text(_ text: String, contentType: String) -> AdminResponse {
    AdminResponse(status: 200, contentType: contentType, body: ByteBuffer(string: text))
  }

  /// `{"message": …}`, as Kong says it.
  package static func error(_ status: Int, _ message: String) -> AdminResponse {
    .json(["message": message], status: status)
  }
}
