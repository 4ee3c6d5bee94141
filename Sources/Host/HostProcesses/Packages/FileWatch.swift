// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Glibc
import Synchronization

/// Tells when something is put into a folder, or written there: a file by its name.
///
/// What counts is the end of the writing, or the renaming, so that whoever is told finds a whole file.
package final class FileWatch: Sendable {
  /// Something in a folder.
  package struct Change: Sendable, Hashable {
    package let folder: String
    package let name: String

    package init(folder: String, name: String) {
      self.folder = folder
      self.name = name
    }
  }

  /// The system does not let us watch.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// What was changed. For one reader.
  package let changes: AsyncStream<Change>
  private let descriptor: CInt
  private let folders: Mutex<[CInt: String]> = Mutex([:])

  /// - Throws: ``Failure``.
  package init() throws(Failure) {
    descriptor = patchbay_watch_start()
    guard descriptor >= 0 else { throw Self.failure("files cannot be watched") }
    let (stream, continuation) = AsyncStream.makeStream(of: Change.self)
    changes = stream
    SystemThread.detach { [self] in
      read(continuation)
    }
  }

  /// Watches one more folder. To watch it again changes nothing.
  ///
  /// - Throws: ``Failure``, when it is not there.
  package func add(_ folder: String) throws(Failure) {
    let number = patchbay_watch_folder(descriptor, folder)
    guard number >= 0 else { throw Self.failure(folder) }
    folders.withLock { $0[number] = folder }
  }

  /// It lives as long as the host: the thread is never told to stop.
  private func read(_ changes: AsyncStream<Change>.Continuation) {
    var name = [CChar](repeating: 0, count: Int(NAME_MAX) + 1)
    while true {
      let number = patchbay_watch_next(descriptor, &name, name.count)
      guard number >= 0 else { break }
      guard let folder = folders.withLock({ $0[number] }) else { continue }
      let text = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      changes.yield(Change(folder: folder, name: text))
    }
    changes.finish()
  }

  private static func failure(_ what: String) -> Failure {
    Failure(description: "\(what): \(String(cString: strerror(errno)))")
  }
}
