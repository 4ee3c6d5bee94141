// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostConfiguration
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

  /// A plugin's.
  ///
  /// - Parameter services: those that the plugin's manifest names, by the protocol's numbers.
  /// - Throws: ``Problem``, or a refusal of an edit.
  init(
    _ request: Patchbay__Plugin__V1__HttpRequest, bodyLength: Int, of plugin: String,
    services: [UInt32], _ secrets: SecretTable
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
    // A server takes a POST without a length for one whose body is to come.
    let hasLength = bodyLength > 0 || method == .post || method == .put || method == .patch
    framing = hasLength ? .length(bodyLength) : .none
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
  }

  /// The host's, with entries for somebody.
  init(_ destination: HTTPDestination, bodyLength: Int) {
    address = destination.address
    origin = destination.origin
    edits = destination.edits
    query = []
    authorization = nil
    name = destination.method
    method = name.withUnsafeBytes { HTTPMethod($0) }
    framing = .length(bodyLength)
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
}
