// SPDX-License-Identifier: Apache-2.0

import HostProcesses

/// A key, as commands show it.
struct KeyRecord: TableRow {
  let name: String?
  let keyID: String
  /// The file that was written or read.
  let file: String

  static let columns = [
    TextTable.Column("NAME"), TextTable.Column("KEY ID"), TextTable.Column("FILE"),
  ]

  var cells: [String] { [name ?? "-", VerificationKey.short(keyID), file] }

  var json: CanonicalJSON {
    .object(["name": .text(name), "key_id": .string(keyID), "file": .string(file)])
  }
}

extension KeyRecord {
  init(_ key: TrustedKey, in keys: TrustedKeys) {
    self.init(name: key.name, keyID: key.key.id, file: keys.path(of: key.name))
  }
}
