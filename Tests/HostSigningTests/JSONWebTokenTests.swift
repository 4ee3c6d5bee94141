// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Foundation
import Testing

@testable import HostSigning

struct JSONWebTokenTests {
  @Test func `HS256 makes the token that everybody knows`() throws {
    let token = try JSONWebToken(
      claims: Array(#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#.utf8),
      key: .hs256(Array("your-256-bit-secret".utf8)), keyID: nil)
    #expect(
      String(decoding: token.bytes, as: UTF8.self)
        == "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        + "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
        + "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c")
  }

  @Test func `RS256 is verified by OpenSSL`() throws {
    let key = try TestKey(bits: 2048)
    let token = try JSONWebToken(
      claims: Array("{}".utf8), key: .rs256(RSAKey(pem: key.pem)), keyID: "a\"\n")
    let parts = token.bytes.split(separator: UInt8(ascii: ".")).map(Array.init)
    #expect(parts.count == 3)
    let header = Array(#"{"alg":"RS256","typ":"JWT","kid":"a\"\u000a"}"#.utf8)
    #expect(parts[0] == header.base64URL)
    #expect(parts[1] == Array("{}".utf8).base64URL)
    let signature = try #require(Self.decoded(parts[2]))
    #expect(key.verifies(signature, of: parts[0] + [UInt8(ascii: ".")] + parts[1]))
    #expect(!key.verifies(signature, of: parts[0]))
  }

  @Test func `keys that cannot sign say why`() throws {
    let small = try TestKey(bits: 1024)
    let cases: [(pem: [UInt8], message: String)] = [
      (Array("no key".utf8), "the key is no private key in PEM"),
      ([], "the key is no private key in PEM"),
      (small.pem, "the RSA key has less than 2048 bits"),
      (try TestKey.edwards().pem, "the key is no RSA key"),
    ]
    for (pem, message) in cases {
      let error = #expect(throws: RSAKey.Unusable.self) { try RSAKey(pem: pem) }
      #expect(error?.message == message)
    }
  }

  @Test(arguments: [("{}", true), (#"{"a":[1]}"#, true), ("[]", false), ("1", false), ("{", false)])
  func `claims are an object`(text: String, isObject: Bool) {
    #expect(JSONWebToken.areClaims(Array(text.utf8)) == isObject)
  }

  private static func decoded(_ text: [UInt8]) -> [UInt8]? {
    let standard = String(decoding: text, as: UTF8.self).replacing("-", with: "+")
      .replacing("_", with: "/")
    let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
    return Data(base64Encoded: standard + padding).map(Array.init)
  }
}

/// A key of OpenSSL's making.
final class TestKey {
  struct Failed: Error {}

  private let key: OpaquePointer

  init(bits: CInt) throws {
    key = try Self.make(EVP_PKEY_RSA) { EVP_PKEY_CTX_set_rsa_keygen_bits($0, bits) }
  }

  private init(owning key: OpaquePointer) { self.key = key }

  deinit { EVP_PKEY_free(key) }

  static func edwards() throws -> TestKey { TestKey(owning: try make(EVP_PKEY_ED25519) { _ in 1 }) }

  private static func make(
    _ kind: CInt, _ prepare: (OpaquePointer) -> CInt
  ) throws -> OpaquePointer {
    var key: OpaquePointer?
    guard let context = EVP_PKEY_CTX_new_id(kind, nil) else { throw Failed() }
    defer { EVP_PKEY_CTX_free(context) }
    guard EVP_PKEY_keygen_init(context) == 1, prepare(context) == 1,
      EVP_PKEY_keygen(context, &key) == 1, let key
    else { throw Failed() }
    return key
  }

  var pem: [UInt8] {
    guard let file = BIO_new(BIO_s_mem()) else { return [] }
    defer { BIO_free(file) }
    guard PEM_write_bio_PKCS8PrivateKey(file, key, nil, nil, 0, nil, nil) == 1 else { return [] }
    var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(file))
    return BIO_read(file, &bytes, CInt(bytes.count)) == CInt(bytes.count) ? bytes : []
  }

  func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1 else { return false }
    return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }
}
