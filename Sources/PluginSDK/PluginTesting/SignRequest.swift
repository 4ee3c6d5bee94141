// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
public import PluginSDK

/// What a plugin had signed through the host.
public struct SignRequest: Sendable, Equatable {
  /// What makes the signature.
  public enum Kind: Sendable, Equatable {
    case hmac(HashFunction)
    case jwt(JWTAlgorithm, keyID: String?)
  }

  /// What makes the signature.
  public var kind: Kind
  /// The secret whose value is the key.
  public var key: Secret
  /// The bytes that are signed; of a token its claims.
  public var message: [UInt8]

  /// The message read as UTF-8.
  public var text: String { String(decoding: message, as: UTF8.self) }
}

/// What signs for a plugin in a test: gives the code's bytes or the whole token. An error that is thrown reaches the
/// plugin as a `HostError`.
public typealias SignHandler = @Sendable (SignRequest) async throws -> [UInt8]

extension SignRequest {
  init?(_ sign: Patchbay__Plugin__V1__SignHmac, _ message: [UInt8]) {
    guard let hash = HashFunction(rawValue: Int(sign.hash.rawValue)) else { return nil }
    self.init(kind: .hmac(hash), key: Secret(handle: String(sign.key)), message: message)
  }

  init?(_ sign: Patchbay__Plugin__V1__SignJwt, _ message: [UInt8]) {
    guard let algorithm = JWTAlgorithm(rawValue: Int(sign.algorithm.rawValue)) else { return nil }
    let keyID = String(sign.key_id)
    self.init(
      kind: .jwt(algorithm, keyID: keyID.isEmpty ? nil : keyID),
      key: Secret(handle: String(sign.key)), message: message)
  }
}
