// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Finds the key that a client has presented.
enum PresentedKey {
  /// The first name that the request has counts; of a name the header field comes before the query, and that before the body.
  static func find(
    in request: Request, _ body: BodyFields, _ config: KeyAuthConfig
  ) throws(Refusal) -> [UInt8] {
    let query = config.keyInQuery ? request.query.original : []
    for name in config.keyNames {
      var values: [[UInt8]] = []
      if config.keyInHeader { values = request.headers.values(name).map { Array($0.utf8) } }
      if values.isEmpty { values = query.filter { $0.name == name }.map { Array($0.value.utf8) } }
      if values.isEmpty {
        let fields = body.fields.filter { $0.name == name }
        guard fields.allSatisfy({ $0.text != nil }) else { throw .duplicateKey }
        values = fields.compactMap(\.text)
      }
      guard values.count <= 1 else { throw .duplicateKey }
      if let key = values.first, !key.isEmpty { return key }
    }
    throw .noKey
  }
}

/// Why a client is not who it says, or says nothing; the words are Kong's.
enum Refusal: String, Error {
  case noKey = "No API key found in request"
  case duplicateKey = "Duplicate API key found"
  case unknownKey = "Unauthorized"

  func response(_ config: KeyAuthConfig) -> Response {
    let realm = config.realm.map { realm in
      let quoted = realm.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
      return " realm=\"\(String(quoted))\""
    }
    return .message(
      rawValue, status: 401, headers: ["www-authenticate": "Key\(realm ?? "")"])
  }
}
