// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostSigning

struct DigestTests {
  private func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.hexadecimal, as: UTF8.self)
  }

  @Test func `hashes are those of FIPS 180`() {
    #expect(
      text(Digest.sha256.hash(Array("abc".utf8)))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      text(Digest.sha256.hash([]))
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      text(Digest.sha512.hash(Array("abc".utf8))).hasPrefix("ddaf35a193617abacc417349ae204131"))
  }

  @Test func `authentication codes are those of RFC 4231`() {
    let message = Array("what do ya want for nothing?".utf8)
    let key = Array("Jefe".utf8)
    #expect(
      text(Digest.sha256.authenticationCode(message, key: key))
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    #expect(
      text(Digest.sha512.authenticationCode(message, key: key)).hasPrefix(
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"))
    let long = [UInt8](repeating: 0xAA, count: 131)
    #expect(
      text(
        Digest.sha256.authenticationCode(
          Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8), key: long))
        == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
  }

  @Test func `a key for many codes makes the same ones`() {
    for length in [1, 32, 131] {
      let bytes = [UInt8](repeating: 0xAA, count: length)
      for (digest, key) in [Digest.sha256, .sha512].map({ ($0, AuthenticationKey($0, bytes)) }) {
        for message in [[], Array("abc".utf8), [UInt8](repeating: 7, count: 300), []] {
          #expect(
            message.withUnsafeBytes { key.code(of: $0) }
              == digest.authenticationCode(message, key: bytes))
        }
      }
    }
  }

  @Test func `the code of nothing is one too`() {
    #expect(
      text(Digest.sha256.authenticationCode([], key: Array("key".utf8)))
        == "5d5d139563c95b5967b9bd9a8c9b233a9dedb45072794cd232dc1b74832607d0")
  }

  @Test(arguments: [
    ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"),
    ("\u{FB}\u{FF}", "w7vDvw"),
  ])
  func `base64 for URLs has no padding`(text: String, encoded: String) {
    #expect(String(decoding: Array(text.utf8).base64URL, as: UTF8.self) == encoded)
  }

  @Test func `base64 for URLs has two letters of its own`() {
    #expect(String(decoding: [0xFB, 0xEF, 0xFF].base64URL, as: UTF8.self) == "--__")
  }

  @Test func `forms are encoded`() {
    var form = Form(["a b": "c&d=é"])
    form.add("x", [0, 0x2B, 0x25])
    #expect(String(decoding: form.bytes, as: UTF8.self) == "a%20b=c%26d%3D%C3%A9&x=%00%2B%25")
  }
}
