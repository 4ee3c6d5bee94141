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
  /// The whole body, but for ``bodySecrets``.
  public var body: [UInt8]
  /// Secrets in the body, in ascending order of their places; see ``insert(_:at:inJSONString:)``.
  public private(set) var bodySecrets: [SecretPlace] = []
  /// The proxy that it goes through; nil: none.
  public var proxy: ForwardProxy?
  /// Whether the certificate behind an https URL must be a trusted one, for its host.
  public var verifiesCertificate = true
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

  /// Puts a secret's value in front of the body's byte at the offset, when the body leaves.
  ///
  /// - Parameters:
  ///   - offset: in ``body`` as it is then: set that first.
  ///   - inJSONString: the place is inside of a JSON string, so the value is escaped for one.
  public mutating func insert(_ secret: Secret, at offset: Int, inJSONString: Bool = false) {
    let index = bodySecrets.firstIndex { $0.offset > offset } ?? bodySecrets.endIndex
    bodySecrets.insert(
      SecretPlace(offset: offset, secret: secret, inJSONString: inJSONString), at: index)
  }
}

/// A secret in the body of a request that the host makes.
public struct SecretPlace: Sendable, Hashable {
  /// In front of this byte.
  public let offset: Int
  /// What is filled in.
  public let secret: Secret
  /// Whether it is escaped for the inside of a JSON string.
  public let inJSONString: Bool
}

/// A forward proxy that is spoken to without TLS: https URLs go through a tunnel (CONNECT), http URLs are asked for whole.
public struct ForwardProxy: Sendable, Hashable {
  /// A name or a numeric address.
  public var host: String
  /// 1 to 65535.
  public var port: Int

  /// A proxy.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
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
