// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Glibc

/// What an executable that is not installed yet is.
enum ExecutableManifest {
  private typealias Unusable = InstalledPackage.Unusable

  /// Bytes of a manifest.
  private static let limit = 4 << 20
  /// Seconds that an executable may take to print it.
  private static let patience = 10

  static func signatureFile(of file: String) -> String { "\(file).sig" }

  /// The digest of a file in hexadecimal digits.
  ///
  /// - Parameter mode: what is permitted from now on; the content is on the disk then.
  static func digest(
    of file: String, making mode: mode_t? = nil
  ) throws(InstalledPackage.Unusable) -> String {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(file) }
    defer { close(descriptor) }
    if let mode, fchmod(descriptor, mode) != 0 || fsync(descriptor) != 0 { throw failure(file) }
    guard let digest = FileDigest.sha256(of: descriptor) else { throw failure(file) }
    return digest
  }

  private static func failure(_ file: String) -> Unusable {
    Unusable(description: "\(file): \(String(cString: strerror(errno)))")
  }

  /// Starts a process whose executable may have been written a moment ago.
  ///
  /// A process that somebody else forks meanwhile has the file open for writing until its own exec, and nobody can execute
  /// it until then (ETXTBSY). Nothing tells when that is over, so it is tried again.
  private static func start(_ process: Process) throws {
    for _ in 0..<100 {
      do {
        return try process.run()
      } catch let error as NSError where error.isTextFileBusy {
        usleep(5000)
      }
    }
    try process.run()
  }

  /// What `EXECUTABLE --manifest` prints, with an empty environment.
  static func read(_ file: String) throws(InstalledPackage.Unusable) -> ManifestDocument {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: file)
    process.arguments = ["--manifest"]
    process.environment = [:]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    let printed: Data?
    let isLate = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
    do {
      try start(process)
      DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(patience), execute: isLate)
      printed = try output.fileHandleForReading.read(upToCount: limit)
    } catch {
      throw Unusable(description: "\(file): \(error.reason)")
    }
    try? output.fileHandleForReading.close()
    process.waitUntilExit()
    isLate.cancel()
    guard process.terminationReason == .exit else {
      throw Unusable(
        description: process.terminationStatus == SIGKILL
          ? "\(file) --manifest was killed, or did not end within \(patience) seconds"
          : "\(file) --manifest was ended by signal \(process.terminationStatus)")
    }
    guard process.terminationStatus == 0, let printed else {
      throw Unusable(
        description: "\(file) --manifest ended with status \(process.terminationStatus)")
    }
    return try ManifestDocument(printed, from: "what \(file) --manifest prints")
  }
}

extension NSError {
  fileprivate var isTextFileBusy: Bool {
    (userInfo[NSUnderlyingErrorKey] as? NSError)?.code == Int(ETXTBSY)
  }
}
