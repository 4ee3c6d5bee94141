// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Where certificates or a key are: a file, or a text that says what it is and never shows itself.
package struct PEMSource: Sendable, Hashable {
  private enum Content: Hashable {
    case file
    case text(String)
  }

  /// The file, or what the text is.
  let name: String
  private let content: Content

  /// A PEM file.
  package static func file(_ path: String) -> PEMSource {
    PEMSource(name: path, content: .file)
  }

  /// - Parameter name: what it is, for errors.
  package static func text(_ text: String, name: String) -> PEMSource {
    PEMSource(name: name, content: .text(text))
  }

  /// Opens it, and closes it behind the closure.
  func read<Result>(
    orThrow code: TLSConfigurationError.Code,
    _ body: (OpaquePointer) throws(TLSConfigurationError) -> Result
  ) throws(TLSConfigurationError) -> Result {
    ERR_clear_error()
    switch content {
    case .file:
      guard let bio = BIO_new_file(name, "r") else { throw .drained(code, file: name) }
      defer { BIO_free(bio) }
      return try body(bio)
    case .text(let text):
      // A BIO over memory borrows it.
      var text = text
      let result = text.withUTF8 { bytes -> Swift.Result<Result, TLSConfigurationError> in
        guard let bio = BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count)) else {
          return .failure(.drained(code, file: name))
        }
        defer { BIO_free(bio) }
        return Swift.Result { () throws(TLSConfigurationError) in try body(bio) }
      }
      return try result.get()
    }
  }

  /// All certificates in it, at least one.
  func certificates() throws(TLSConfigurationError) -> [Certificate] {
    try read(orThrow: .invalidCertificate) { bio throws(TLSConfigurationError) in
      var certificates: [Certificate] = []
      // A password is not asked for on the terminal.
      while let pointer = PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil) {
        certificates.append(Certificate(owned: pointer))
      }
      // The end of the file is no error if something came before it.
      let isEnd =
        ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_PEM
        && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
      guard isEnd, !certificates.isEmpty else { throw .drained(.invalidCertificate, file: name) }
      ERR_clear_error()
      return certificates
    }
  }

  /// Whether there are certificates in it.
  package func checkCertificates() throws(TLSConfigurationError) { _ = try certificates() }

  /// The private key in it.
  func privateKey() throws(TLSConfigurationError) -> PrivateKey {
    try read(orThrow: .invalidKey) { bio throws(TLSConfigurationError) in
      guard let key = PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil) else {
        throw .drained(.invalidKey, file: name)
      }
      return PrivateKey(owned: key)
    }
  }
}

extension PEMSource: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { name }
  package var debugDescription: String { name }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
