// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostAdmin
import NIOCore

/// The declarative file in the body of `POST /config`, in each of the forms that Kong takes: the file itself, a JSON
/// object `{"config": "…"}`, or a form with a field `config`.
enum DeclarativeBody {
  /// Why a body is none.
  struct Unusable: Error {
    let message: String
  }

  static func text(of request: AdminRequest) throws(Unusable) -> String {
    guard let body = String(validating: request.body.readableBytesView, as: UTF8.self) else {
      throw Unusable(message: "the declarative configuration is not UTF-8")
    }
    let type = request.contentType.lowercased()
    let text: String?
    if type.hasPrefix("multipart/form-data") {
      text = field(in: body, boundary: boundary(request.contentType))
    } else if type.hasPrefix("application/x-www-form-urlencoded"), body.hasPrefix("config=") {
      text = AdminRequest.query(body)["config"]
    } else {
      text = wrapped(body) ?? body
    }
    guard let text, !text.allSatisfy(\.isWhitespace) else {
      throw Unusable(message: "expected a declarative configuration")
    }
    return text
  }

  /// The text in `{"config": "…"}`.
  private static func wrapped(_ body: String) -> String? {
    struct Wrapper: Decodable { let config: String }
    return try? JSONDecoder().decode(Wrapper.self, from: Data(body.utf8)).config
  }

  private static func boundary(_ contentType: String) -> String {
    let match = contentType.firstMatch(of: /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/)
    return (match?.1 ?? match?.2).map(String.init) ?? ""
  }

  /// The part named `config` (RFC 7578).
  private static func field(in body: String, boundary: String) -> String? {
    guard !boundary.isEmpty else { return nil }
    for part in "\r\n\(body)".components(separatedBy: "\r\n--\(boundary)") {
      guard let end = part.range(of: "\r\n\r\n"),
        part[..<end.lowerBound].contains(/(?i)content-disposition:[^\r\n]*;\s*name="config"/)
      else { continue }
      return String(part[end.upperBound...])
    }
    return nil
  }
}
