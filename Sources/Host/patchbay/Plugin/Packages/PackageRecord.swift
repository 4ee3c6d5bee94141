// SPDX-License-Identifier: Apache-2.0

import HostProcesses

/// An installed package, as commands show it.
struct PackageRecord: TableRow {
  private let name: String
  private let version: String
  private var executable: String?
  /// Bytes.
  private var size: Int?
  private var sha256: String?
  private var vouching: Vouching?
  /// Why it cannot be used, or its signature not be read.
  private var problem: String?

  init(_ package: InstalledPackage) {
    name = package.name
    version = package.version
    executable = package.executable
    size = package.size
    sha256 = package.sha256
    do {
      vouching = try package.vouching()
    } catch {
      problem = "\(error)"
    }
  }

  /// A package that may be broken.
  init(_ name: String, _ version: String, in folder: PackageFolder) {
    do {
      self.init(try InstalledPackage.named(name, version: version, in: folder))
    } catch {
      self.init(name, version, problem: "\(error)")
    }
  }

  private init(_ name: String, _ version: String, problem: String) {
    self.name = name
    self.version = version
    self.problem = problem
  }

  /// The name of the trusted key that signed it.
  var signedBy: String? {
    guard case .trusted(let key) = vouching else { return nil }
    return key.name
  }

  private var keyID: String? {
    switch vouching {
    case .trusted(let key), .invalid(let key): key.key.id
    case .untrusted(let id): id
    case .unsigned, nil: nil
    }
  }

  /// One word for programs.
  private var signature: String {
    switch vouching {
    case .unsigned: "none"
    case .trusted: "trusted"
    case .untrusted: "untrusted"
    case .invalid: "invalid"
    case nil: "unknown"
    }
  }

  static let columns = [
    TextTable.Column("NAME"), TextTable.Column("VERSION"), TextTable.Column("SIZE", .right),
    TextTable.Column("SHA256"), TextTable.Column("SIGNED BY"),
  ]

  var cells: [String] {
    let signer =
      switch vouching {
      case .unsigned, nil: "-"
      case .trusted(let key): key.name
      case .untrusted(let id): "untrusted key \(VerificationKey.short(id))"
      case .invalid(let key): "not by \(key.name): altered"
      }
    return [
      name, version, size.map(Units.bytes) ?? "-", sha256.map { String($0.prefix(16)) } ?? "-",
      signer,
    ]
  }

  var note: String? { problem.map { "\(name) \(version): \($0)" } }

  var json: CanonicalJSON {
    .object([
      "name": .string(name), "version": .string(version), "executable": .text(executable),
      "size": .count(size), "sha256": .text(sha256), "signature": .string(signature),
      "key_id": .text(keyID), "signed_by": .text(signedBy), "problem": .text(problem),
    ])
  }
}
