// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Who vouches for a package: an Ed25519 signature of its canonical manifest, which has the executable's digest in it.
///
/// A file of JSON: `algorithm` (`ed25519`), `key_id` (the SHA-256 of the public key's 32 bytes, in hexadecimal digits) and
/// `signature` (64 bytes in Base64). Beside an executable that is not installed yet (`EXECUTABLE.sig`) there is also
/// `manifest`, so that nothing has to be executed before it is known whose it is.
struct PackageSignature: Sendable, Equatable {
  var keyID: String
  var signature: [UInt8]
  var manifest: CanonicalJSON?

  private static let algorithm = "ed25519"

  init(of manifest: ManifestDocument, with key: borrowing SigningKey) throws(InstalledPackage
    .Unusable)
  {
    keyID = key.publicKey.id
    signature = try key.signature(of: manifest.canonical)
  }

  /// - Parameter what: the file, for the error.
  init(_ data: Data, from what: String) throws(InstalledPackage.Unusable) {
    func unusable(_ text: String) -> InstalledPackage.Unusable {
      InstalledPackage.Unusable(description: "\(what) is not a signature: \(text)")
    }
    guard let value = try? JSONDecoder().decode(CanonicalJSON.self, from: data) else {
      throw unusable("it is no JSON")
    }
    guard value["algorithm"]?.string == Self.algorithm else {
      throw unusable("algorithm: expected '\(Self.algorithm)'")
    }
    guard let keyID = value["key_id"]?.string,
      keyID.wholeMatch(of: /[0-9a-f]{64}/) != nil
    else { throw unusable("key_id: expected 64 hexadecimal digits") }
    guard let signature = value["signature"]?.string.flatMap({ Data(base64Encoded: $0) }),
      signature.count == VerificationKey.signatureSize
    else { throw unusable("signature: expected \(VerificationKey.signatureSize) bytes in Base64") }
    self.keyID = keyID
    self.signature = Array(signature)
    manifest = value["manifest"]
  }

  /// The signature in a file; nil when there is no such file.
  static func read(_ file: String) throws(InstalledPackage.Unusable) -> PackageSignature? {
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    guard let data = FileManager.default.contents(atPath: file) else {
      throw InstalledPackage.Unusable(description: "\(file) cannot be read")
    }
    return try PackageSignature(data, from: file)
  }

  /// The file's content.
  var data: Data {
    var members: [String: CanonicalJSON] = [
      "algorithm": .string(Self.algorithm), "key_id": .string(keyID),
      "signature": .string(Data(signature).base64EncodedString()),
    ]
    members["manifest"] = manifest
    return Data((CanonicalJSON.object(members).text + "\n").utf8)
  }
}

/// What a signature is worth here.
package enum Vouching: Sendable, Equatable {
  case unsigned
  /// The signature is good, and the key is trusted.
  case trusted(TrustedKey)
  /// Made with a key that is not known here; whether it is good cannot be told.
  case untrusted(keyID: String)
  /// The key is trusted, and did not sign this.
  case invalid(TrustedKey)
}
