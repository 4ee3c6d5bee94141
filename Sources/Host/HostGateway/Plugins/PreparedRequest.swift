// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostConfiguration
import HostExchange
import HostHTTP
import HostPools
import HostSigning
import NIOCore
import PluginProtocol

/// An HTTP request of a plugin's own or of the host's, checked and ready to be written.
struct PreparedRequest {
  /// Why a request cannot be sent; the plugin's author reads it.
  struct Problem: Error {
    let message: String
  }

  let origin: Origin
  let method: HTTPMethod
  /// The credentials that it is to leave with.
  let authorization: Authorization?
  private let name: [UInt8]
  private let address: UpstreamURL
  private let query: [QueryEdit]
  private let edits: HeaderEdits
  private let framing: BodyFraming
  /// With the values of secrets.
  let body: ByteBuffer

  /// A plugin's.
  ///
  /// - Parameters:
  ///   - services: those that the plugin's manifest names, by the protocol's numbers.
  ///   - unverified: for requests that take whoever answers.
  /// - Throws: ``Problem``, or a refusal of an edit.
  init(
    _ request: Patchbay__Plugin__V1__HttpRequest, body: ByteBuffer, of plugin: String,
    services: [UInt32], _ secrets: SecretTable, unverified: UpstreamSecurity
  ) throws {
    func check(_ handle: String) throws {
      guard secrets.isHeld(handle, by: plugin) else {
        throw Problem(message: "a secret is not one of this plugin's config")
      }
    }
    guard let url = String(field: request.url), let address = UpstreamURL(url) else {
      throw Problem(message: "the URL is not an absolute http or https URL")
    }
    origin = address.origin
      .secured(by: request.trusts_anybody != 0 ? unverified : nil)
      .reached(through: try Self.proxy(of: request))
    var edits = HeaderEdits()
    var query: [QueryEdit] = []
    edits.set("Host", address.origin.authority)
    for index in 0..<request.n_headers {
      guard let edit = request.headers[index]?.pointee else { continue }
      if edit.source_case == PATCHBAY__PLUGIN__V1__HEADER_EDIT__SOURCE_SECRET {
        try check(String(field: edit.secret) ?? "")
      }
      try edits.apply(edit, to: HeaderFields())
    }
    for index in 0..<request.n_query {
      guard let edit = request.query[index]?.pointee else { continue }
      let change = try QueryEdit(edit)
      if case .secret(let handle) = change.value { try check(handle) }
      query.append(change)
    }
    if let wanted = request.authorization?.pointee {
      guard services.contains(ServiceHost.sign) else {
        throw Problem(message: "the plugin's manifest does not name the service sign")
      }
      authorization = try Authorization.wanted(wanted) { secrets.isHeld($0, by: plugin) }
    } else {
      authorization = nil
    }
    self.address = address
    self.edits = edits
    self.query = query
    name = request.method.len > 0 ? Array(request.method.view) : Array("GET".utf8)
    method = name.withUnsafeBytes { HTTPMethod($0) }
    self.body = try Self.body(body, of: request, check).revealed { secrets.value(of: $0) }
    // A server takes a POST without a length for one whose body is to come.
    let length = self.body.readableBytes
    let hasLength = length > 0 || method == .post || method == .put || method == .patch
    framing = hasLength ? .length(length) : .none
  }

  private static func proxy(
    of request: Patchbay__Plugin__V1__HttpRequest
  ) throws(Problem) -> ForwardProxy? {
    guard let wanted = request.proxy?.pointee else { return nil }
    let host = String(field: wanted.host) ?? ""
    // It is part of no URL, but of a name's lookup.
    guard host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }),
      let proxy = ForwardProxy(host: host, port: Int(wanted.port))
    else {
      throw Problem(message: "the proxy is no host with a port from 1 to 65535")
    }
    return proxy
  }

  private static func body(
    _ bytes: ByteBuffer, of request: Patchbay__Plugin__V1__HttpRequest,
    _ check: (String) throws -> Void
  ) throws -> RequestBody {
    var body = RequestBody(bytes: bytes)
    var splices: [BodySplice] = []
    var places: [(splice: Int, handle: String, isJSON: Bool)] = []
    for index in 0..<request.n_body_secrets {
      guard let secret = request.body_secrets[index]?.pointee,
        let offset = Int(exactly: secret.offset)
      else { throw Problem(message: "a secret of the body has no place in it") }
      let handle = String(field: secret.secret) ?? ""
      try check(handle)
      places.append((splices.count, handle, secret.json != 0))
      splices.append(BodySplice(offset: offset, delete: 0, insert: ByteBuffer()))
    }
    do throws(BodySplice.Refusal) {
      try body.apply(splices, secrets: places)
    } catch {
      throw Problem(message: "a secret of the body has no place in it")
    }
    return body
  }

  /// The host's, for a credential.
  init(_ request: CredentialRequest) throws(Problem) {
    guard let address = UpstreamURL(request.url) else {
      throw Problem(message: "where credentials come from is no absolute http or https URL")
    }
    self.address = address
    origin = address.origin
    var edits = HeaderEdits()
    edits.set("Host", address.origin.authority)
    for (name, value) in request.headers { edits.set(name, value) }
    self.edits = edits
    query = []
    authorization = nil
    name = Array(request.method.utf8)
    method = name.withUnsafeBytes { HTTPMethod($0) }
    framing = method == .post ? .length(request.body.count) : .none
    body = ByteBuffer(bytes: request.body)
  }

  /// The host's, with entries for somebody.
  init(_ destination: HTTPDestination, body: ByteBuffer) {
    self.body = body
    address = destination.address
    origin = destination.origin
    edits = destination.edits
    query = []
    authorization = nil
    name = destination.method
    method = name.withUnsafeBytes { HTTPMethod($0) }
    framing = .length(body.readableBytes)
  }

  /// The head, with the values of secrets.
  ///
  /// - Parameter signer: puts in what it knows already; what depends on the whole head it has still to sign.
  func head(
    _ signer: RequestSigner?, secrets: HeadWriter.SecretValue
  ) throws(Problem) -> ByteBuffer {
    var edits = edits
    signer?.edit(&edits)
    var head = ByteBuffer()
    do {
      try HeadWriter.write(
        method: name, target: address.target(with: query, secret: secrets), edits: edits,
        framing: framing, secrets: secrets, into: &head)
    } catch {
      throw Problem(message: "the request cannot be written: \(error.rawValue)")
    }
    return head
  }

  /// Puts the target of a signed head into absolute form, where a proxy is to pass the request on.
  func addressToProxy(_ head: inout ByteBuffer) {
    guard origin.proxy != nil, !origin.isSecure else { return }
    var addressed = ByteBuffer()
    if let method = head.readSlice(length: name.count + 1) {
      addressed.writeImmutableBuffer(method)
    }
    addressed.writeString("http://\(origin.authority)")
    addressed.writeBuffer(&head)
    head = addressed
  }
}
