// SPDX-License-Identifier: Apache-2.0

/// A whole response that a plugin makes.
public struct Response: Sendable, Equatable {
  /// 200 … 599.
  public var status: Int
  /// The host adds what frames the body.
  public var headers: Headers
  /// The whole body.
  public var body: [UInt8]

  /// A response.
  public init(status: Int = 200, headers: Headers = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A plain text.
  public static func text(
    _ text: String, status: Int = 200, headers: Headers = [:]
  ) -> Response {
    with("text/plain; charset=utf-8", text, status, headers)
  }

  /// A text that is JSON.
  public static func json(
    _ text: String, status: Int = 200, headers: Headers = [:]
  ) -> Response {
    with("application/json; charset=utf-8", text, status, headers)
  }

  /// An error as Kong's, `{"message": …}`.
  public static func message(
    _ message: String, status: Int, headers: Headers = [:]
  ) -> Response {
    let body: JSONValue = ["message": .string(message)]
    return .json(body.description, status: status, headers: headers)
  }

  private static func with(
    _ type: String, _ text: String, _ status: Int, _ headers: Headers
  ) -> Response {
    var headers = headers
    headers.setIfAbsent("content-type", type)
    return Response(status: status, headers: headers, body: Array(text.utf8))
  }
}
