// SPDX-License-Identifier: Apache-2.0

/// Signatures with keys that only the host has.
public struct SignService: Sendable {
  let core: HostCore

  /// The message authentication code of some bytes (RFC 2104).
  ///
  /// - Parameter key: its value's bytes are the key.
  /// - Throws: ``HostError`` with `bad-key` for a secret that is not of this plugin's config.
  public func hmac(
    _ message: some Collection<UInt8>, key: Secret, hash: HashFunction = .sha256
  ) async throws -> [UInt8] {
    try await sign(.signHMAC(message: Array(message), key: key, hash: hash))
  }

  /// A JSON Web Token (RFC 7519): header, claims and signature, as they are sent.
  ///
  /// - Parameters:
  ///   - claims: a JSON object. The host adds nothing to it: times are the plugin's to set.
  ///   - keyID: `kid` of the header; nil: it has none.
  /// - Throws: ``HostError`` with `bad-key` for a key that the algorithm cannot use or that is not of this plugin's config,
  ///   `bad-request` for claims that are no object.
  public func jwt(
    _ claims: JSONValue, key: Secret, algorithm: JWTAlgorithm, keyID: String? = nil
  ) async throws -> String {
    let token = try await sign(
      .signJWT(claims: JSONWriter.bytes(of: claims), key: key, algorithm: algorithm, keyID: keyID))
    return String(decoding: token, as: UTF8.self)
  }

  private func sign(_ operation: ServiceOperation) async throws -> [UInt8] {
    let reply = try await core.call(operation)
    guard case .signature = reply.result else { throw HostError.unexpected }
    return Array(reply.body)
  }
}

/// What HMAC hashes with.
public enum HashFunction: Int, Sendable, Hashable {
  case sha256 = 1
  case sha512
}

/// How a JSON Web Token is signed (RFC 7518, 3).
public enum JWTAlgorithm: Int, Sendable, Hashable {
  /// HMAC with SHA-256; the key is the secret's bytes.
  case hs256 = 1
  /// RSASSA-PKCS1-v1_5 with SHA-256; the key is an RSA key in PEM.
  case rs256
}
