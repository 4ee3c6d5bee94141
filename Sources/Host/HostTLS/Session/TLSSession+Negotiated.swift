// SPDX-License-Identifier: Apache-2.0

import COpenSSL

extension TLSHandshakeCompleted {
  /// What the ends of a connection agreed on.
  init(_ handle: OpaquePointer, isServer: Bool) {
    version = String(cString: SSL_get_version(handle))
    cipher = String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(handle)))
    var name: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    SSL_get0_alpn_selected(handle, &name, &length)
    let selected = UnsafeBufferPointer(start: name, count: Int(length))
    applicationProtocol = selected.isEmpty ? nil : String(decoding: selected, as: UTF8.self)
    serverName = SSL_get_servername(handle, TLSEXT_NAMETYPE_host_name).flatMap {
      ClientHelloName.name(UnsafeBufferPointer(start: $0, count: strlen($0)).map(UInt8.init))
    }
    isResumed = SSL_session_reused(handle) == 1
    clientCertificate = isServer ? TLSClientCertificate(verifiedBy: handle) : nil
  }
}
