// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Glibc
package import PluginProtocol

/// Asks an executable that is not installed yet what it is: runs `EXECUTABLE --manifest`.
///
/// Nothing is known of it, so it runs in the sandbox of a plugin without any permission: it reads itself and the system's
/// programs and libraries, has no sockets, and is killed when it takes too long or prints too much. It blocks.
package struct ManifestInspector: Sendable {
  private typealias Unusable = InstalledPackage.Unusable

  /// Bytes of a manifest.
  private static let outputLimit = 4 << 20
  /// Bytes of what it says on stderr that are looked at.
  private static let errorLimit = 64 << 10
  /// Bytes that it may have to itself.
  private static let memory = 512 << 20
  /// Seconds until one that is killed must be gone.
  private static let endPatience = 10
  /// How often one is tried that somebody has open for writing.
  private static let tries = 100

  private let spawner: Spawner
  private let sandbox: ProcessSandbox
  private let advice: String
  /// Seconds that an executable may take to print its manifest.
  private let patience: Int

  /// - Parameters:
  ///   - readable: what it may read beside that, for an interpreter or libraries that are elsewhere. Of permissions of
  ///     other kinds it gets none.
  ///   - advice: how more of that is granted; a part of the error when it fails.
  ///   - patience: seconds that an executable may take.
  package init(
    spawner: Spawner, demand: SandboxPolicy.Demand = .preferred,
    readable: [PackagePermission] = [], advice: String, patience: Int = 10
  ) {
    self.spawner = spawner
    sandbox = ProcessSandbox(
      // It is no plugin yet that somebody wanted to run without one.
      demand: demand == .off ? .preferred : demand, memory: Self.memory,
      permissions: readable.filter { if case .read = $0 { true } else { false } })
    self.advice = advice
    self.patience = patience
  }

  /// What the executable behind the descriptor prints.
  ///
  /// - Parameter file: its name, for errors.
  func manifest(
    of descriptor: CInt, named file: String
  ) throws(InstalledPackage.Unusable) -> ManifestDocument {
    var triesLeft = Self.tries
    while true {
      switch try run(descriptor, file) {
      case .printed(let bytes):
        return try ManifestDocument(Data(bytes), from: "what \(file) --manifest prints")
      case .notStarted(_, ETXTBSY) where triesLeft > 0:
        // A process that somebody else forks meanwhile has the file open for writing until its own exec. Nothing tells
        // when that is over.
        triesLeft -= 1
        usleep(5000)
      case .notStarted(let reason, _):
        throw Unusable(description: "\(file): \(reason)")
      }
    }
  }

  private enum Outcome {
    case printed([UInt8])
    case notStarted(String, Int32)
  }

  private func run(
    _ executable: CInt, _ file: String
  ) throws(InstalledPackage.Unusable) -> Outcome {
    let deadline = DispatchTime.now() + .seconds(patience)
    let output: BoundedPipe
    let errors: BoundedPipe
    do {
      output = try BoundedPipe(limit: Self.outputLimit)
      errors = try BoundedPipe(limit: Self.errorLimit, keepsLast: true)
    } catch {
      throw Unusable(description: "\(file): \(String(cString: strerror(error.code)))")
    }
    let inspection = Inspection()
    spawner.begin(
      inspection, sandbox: sandbox, executable: executable, output: output.writer,
      error: errors.writer)
    let isRead = BoundedPipe.read([output, errors], until: deadline)
    var end = isRead ? inspection.end(by: deadline) : nil
    let isLate = end == nil
    if isLate {
      spawner.kill(id: inspection.id, signal: SIGKILL)
      end = inspection.end(by: .now() + .seconds(Self.endPatience))
    }
    if case .failed(let reason, let code)? = end { return .notStarted(reason, code) }
    if output.isFull {
      throw Unusable(
        description: "\(file) --manifest printed more than \(Self.outputLimit) bytes and was killed"
      )
    }
    guard !isLate, case .exited(let exit)? = end else {
      throw Unusable(
        description: "\(file) --manifest did not end within \(patience) seconds and was killed")
    }
    guard exit.isClean else { throw failure(file, exit, errors.content) }
    return .printed(output.content)
  }

  private func failure(
    _ file: String, _ exit: ProcessExit, _ errors: [UInt8]
  ) -> InstalledPackage.Unusable {
    let end =
      switch exit.status {
      case .exited(let code): "ended with status \(code)"
      case .killed(let signal): "was ended by signal \(signal)"
      }
    let lines = String(decoding: errors, as: UTF8.self).split(whereSeparator: \.isNewline)
    let line = lines.last.map { ": \($0.prefix(300))" } ?? ""
    return Unusable(
      description: "\(file) --manifest \(end)\(line) (it runs in a sandbox; \(advice))")
  }
}
