// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostConfiguration
import HostExchange
import HostSigning
import NIOCore
import NIOPosix
import PluginProtocol

// Signatures with the secrets of a plugin's config.
extension ServiceHost {
  /// The service by which a plugin may have anything signed or authorised, by the protocol's number.
  static var sign: UInt32 { PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_SIGN.rawValue }

  func sign(
    _ call: Patchbay__Plugin__V1__ServiceCall, payload: ByteBuffer, for exchange: Exchange,
    step: Int, _ answer: @escaping Answer
  ) {
    let secrets = exchange.snapshot.secrets
    let plugin = exchange.chain.steps[step].plugin
    func key(_ field: UnsafeMutablePointer<CChar>?) -> [UInt8]? {
      guard let handle = String(field: field), secrets.isHeld(handle, by: plugin),
        let value = secrets.value(of: handle), !value.isEmpty
      else { return nil }
      return value
    }
    let noKey = ServiceOutcome.error("bad-key", "the key is no secret of this plugin's config")
    if call.operation_case == PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_SIGN_HMAC {
      guard let sign = call.sign_hmac?.pointee, let key = key(sign.key) else {
        return answer(noKey)
      }
      return answer(Self.hmac(sign, payload, key))
    }
    guard let sign = call.sign_jwt?.pointee, let key = key(sign.key) else { return answer(noKey) }
    guard let keyID = String(field: sign.key_id) else {
      return answer(.error("bad-request", "the key's id is no text"))
    }
    let token = TokenRequest(
      claims: Array(payload.readableBytesView), key: key, keyID: keyID.isEmpty ? nil : keyID)
    switch sign.algorithm {
    case PATCHBAY__PLUGIN__V1__JWT_ALGORITHM__HS256: answer(token.signed(.hs256))
    case PATCHBAY__PLUGIN__V1__JWT_ALGORITHM__RS256:
      // A millisecond of arithmetic: not on the loop.
      shared.threads.runIfActive(eventLoop: worker.loop) { token.signed(.rs256) }
        .assumeIsolated().whenComplete { result in
          answer((try? result.get()) ?? .error("unavailable", "the host is shutting down"))
        }
    default: answer(.error("bad-request", "the host does not know this algorithm"))
    }
  }

  private static func hmac(
    _ sign: Patchbay__Plugin__V1__SignHmac, _ payload: ByteBuffer, _ key: [UInt8]
  ) -> ServiceOutcome {
    let digest: Digest
    switch sign.hash {
    case PATCHBAY__PLUGIN__V1__HASH_FUNCTION__SHA256: digest = .sha256
    case PATCHBAY__PLUGIN__V1__HASH_FUNCTION__SHA512: digest = .sha512
    default: return .error("bad-request", "the host does not know this hash function")
    }
    return .signature(
      payload.withUnsafeReadableBytes { digest.authenticationCode($0, key: key) })
  }
}

/// A token that a plugin wants.
private struct TokenRequest: Sendable {
  enum Algorithm { case hs256, rs256 }

  let claims: [UInt8]
  let key: [UInt8]
  let keyID: String?

  func signed(_ algorithm: Algorithm) -> ServiceOutcome {
    guard JSONWebToken.areClaims(claims) else {
      return .error("bad-request", "the claims are no JSON object")
    }
    do throws(RSAKey.Unusable) {
      let key: JSONWebToken.Key =
        switch algorithm {
        case .hs256: .hs256(self.key)
        case .rs256: .rs256(try RSAKey(pem: self.key))
        }
      return .signature(try JSONWebToken(claims: claims, key: key, keyID: keyID).bytes)
    } catch {
      return .error("bad-key", error.message)
    }
  }
}
