// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostConfiguration
import HostHTTP
import HostPools
import NIOCore
import PluginProtocol

/// A plugin's own HTTP request, checked and written, with the secrets that it names.
struct PreparedRequest {
  /// Why a request cannot be sent; the plugin's author reads it.
  struct Problem: Error {
    let message: String
  }

  let origin: Origin
  let method: HTTPMethod
  let head: ByteBuffer

  /// - Throws: ``Problem``, or a refusal of an edit.
  init(
    _ request: Patchbay__Plugin__V1__HttpRequest, bodyLength: Int, of plugin: String,
    _ secrets: SecretTable
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
    let name = request.method.len > 0 ? Array(request.method.view) : Array("GET".utf8)
    method = name.withUnsafeBytes { HTTPMethod($0) }
    // A server takes a POST without a length for one whose body is to come.
    let hasLength = bodyLength > 0 || method == .post || method == .put || method == .patch
    var head = ByteBuffer()
    do {
      try HeadWriter.write(
        method: name, target: address.target(with: query) { secrets.value(of: $0) }, edits: edits,
        framing: hasLength ? .length(bodyLength) : .none, secrets: { secrets.value(of: $0) },
        into: &head)
    } catch {
      throw Problem(message: "the request cannot be written: \(error.rawValue)")
    }
    self.head = head
  }
}
