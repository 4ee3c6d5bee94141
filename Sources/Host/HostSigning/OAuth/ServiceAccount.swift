// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What is needed of a Google service account's JSON.
struct ServiceAccount {
  let email: String
  let privateKey: KeyBytes
  let keyID: String?
  /// Empty: it names none.
  let tokenURL: String

  private struct Document: Decodable {
    var client_email: String?
    var private_key: String?
    var private_key_id: String?
    var token_uri: String?
  }

  init(_ json: KeyBytes) throws(CredentialFailure) {
    // What a decoder says of it could show some of it.
    guard let document = try? JSONDecoder().decode(Document.self, from: Data(json.revealed)) else {
      throw CredentialFailure(.unusable, "the service account is no JSON object of texts")
    }
    guard let email = document.client_email, !email.isEmpty else {
      throw CredentialFailure(.unusable, "the service account has no 'client_email'")
    }
    guard let key = document.private_key, !key.isEmpty else {
      throw CredentialFailure(.unusable, "the service account has no 'private_key'")
    }
    self.email = email
    privateKey = KeyBytes(key)
    keyID = document.private_key_id
    tokenURL = document.token_uri ?? ""
  }
}
