// SPDX-License-Identifier: Apache-2.0

/// HTTP requests that the host makes for a plugin.
public struct HTTPService: Sendable {
  let core: HostCore

  /// Sends a request and waits for the whole response. Every status is a response, not an error.
  ///
  /// - Throws: ``HostError`` when there was no response; `CancellationError` when the call ended.
  public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    let reply = try await core.call(.http(request))
    guard case .http(let status, let headers) = reply.result else { throw HostError.unexpected }
    return HTTPResponse(status: status, headers: headers, body: reply.body)
  }
}

/// A request for the host to make.
public struct HTTPRequest: Sendable {
  /// `GET`, `POST`, …
  public var method: String
  /// Absolute, http or https.
  public var url: String
  /// May hold secrets.
  public var headers: Headers
  /// Parameters that are added to the URL's; may hold secrets.
  public var query: Query
  /// The credentials that the host adds when the request leaves; nil: none beside ``headers`` and ``query``.
  public var authorization: Authorization?
  /// The whole body.
  public var body: [UInt8]
  /// Nil: what the call has left.
  public var timeout: Duration?
  /// Largest response body in bytes; nil: 1 MiB. A longer one is an error.
  public var responseLimit: Int?

  /// A request; only the URL is needed.
  public init(
    method: String = "GET", url: String, headers: Headers = [:], body: [UInt8] = [],
    authorization: Authorization? = nil, timeout: Duration? = nil, responseLimit: Int? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.query = Query(path: url)
    self.authorization = authorization
    self.body = body
    self.timeout = timeout
    self.responseLimit = responseLimit
  }
}

/// What came back.
public struct HTTPResponse: Sendable {
  /// The status code.
  public let status: Int
  /// The header fields.
  public let headers: Headers
  /// The whole body.
  public let body: Bytes
}

extension HostError {
  static let unexpected = HostError(
    code: "protocol", message: "the host answered another question than was asked")
}
