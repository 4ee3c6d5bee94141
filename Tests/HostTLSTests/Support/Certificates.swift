// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Certificates and keys made by the `openssl` command, in a folder that ends with them.
final class Certificates: Sendable {
  /// One authority for all tests: to make keys takes time.
  static let shared = Result { try Certificates() }

  enum Kind: String, CaseIterable, Sendable { case elliptic, rsa }

  /// A certificate and its private key, each a PEM file.
  struct Identity: Sendable {
    var certificate: String
    var key: String
  }

  let folder: URL
  let authority: Identity

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(
      path: "patchbay-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    authority = try Self.selfSigned("authority", in: folder)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// A certificate of the authority.
  ///
  /// - Parameters:
  ///   - names: as in subjectAltName: `DNS:a.example`, `IP:127.0.0.1`.
  ///   - days: from when and until when it is valid, counted from now.
  ///   - usage: extended key usage.
  func issue(
    _ names: String..., kind: Kind = .elliptic, days: Range<Int> = -1..<1,
    usage: String = "serverAuth", by issuer: Identity? = nil
  ) throws -> Identity {
    let name = UUID().uuidString
    let identity = Identity(certificate: path("\(name).pem"), key: path("\(name).key"))
    let request = path("\(name).csr")
    try openssl(
      ["req", "-nodes", "-subj", "/CN=\(name)", "-keyout", identity.key, "-out", request]
        + Self.newKey(kind))
    // `openssl ca` is the only command of OpenSSL 3.0 that takes dates.
    let database = path("\(name).db")
    try Data().write(to: URL(filePath: database))
    let configuration = path("\(name).cnf")
    try Data(
      """
      [ca]
      default_ca = authority
      [authority]
      database = \(database)
      rand_serial = yes
      default_md = sha256
      policy = any
      new_certs_dir = \(folder.path)
      x509_extensions = leaf
      [any]
      commonName = supplied
      [leaf]
      subjectAltName = \(names.joined(separator: ","))
      extendedKeyUsage = \(usage)
      """.utf8
    ).write(to: URL(filePath: configuration))
    let issuer = issuer ?? authority
    try openssl([
      "ca", "-batch", "-notext", "-config", configuration, "-cert", issuer.certificate,
      "-keyfile", issuer.key, "-in", request, "-out", identity.certificate,
      "-startdate", Self.date(days.lowerBound), "-enddate", Self.date(days.upperBound),
    ])
    return identity
  }

  /// A certificate that nobody but itself vouches for.
  func selfSigned(_ names: String) throws -> Identity {
    try Self.selfSigned(
      UUID().uuidString, in: folder, more: ["-addext", "subjectAltName=\(names)"])
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// A file with this text; its path.
  func file(_ text: String) throws -> String {
    let path = path("\(UUID().uuidString).pem")
    try Data(text.utf8).write(to: URL(filePath: path))
    return path
  }

  private static func selfSigned(
    _ name: String, in folder: URL, more: [String] = []
  ) throws -> Identity {
    let start = folder.appending(path: name).path
    let identity = Identity(certificate: "\(start).pem", key: "\(start).key")
    try openssl(
      [
        "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=\(name)", "-keyout", identity.key,
        "-out", identity.certificate,
      ] + newKey(.elliptic) + more)
    return identity
  }

  private static func newKey(_ kind: Kind) -> [String] {
    switch kind {
    case .elliptic: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    case .rsa: ["-newkey", "rsa:2048"]
    }
  }

  /// `YYYYMMDDHHMMSSZ`.
  private static func date(_ days: Int) -> String {
    let date = Date(timeIntervalSinceNow: Double(days) * 86_400)
    return date.ISO8601Format().filter { $0.isNumber } + "Z"
  }
}

struct CommandFailed: Error, CustomStringConvertible {
  var description: String
}

/// Runs the `openssl` command to its end.
func openssl(_ arguments: [String]) throws {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = ["openssl"] + arguments
  let errors = Pipe()
  process.standardError = errors
  process.standardOutput = FileHandle.nullDevice
  process.standardInput = FileHandle.nullDevice
  try process.run()
  let text = try errors.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else {
    throw CommandFailed(
      description:
        "openssl \(arguments.joined(separator: " ")): \(String(decoding: text, as: UTF8.self))"
    )
  }
}
