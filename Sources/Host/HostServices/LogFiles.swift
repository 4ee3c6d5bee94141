// SPDX-License-Identifier: Apache-2.0

import Glibc
package import NIOCore
package import NIOPosix

/// The files that plugins' log lines go to, for the exchanges of one event loop.
///
/// Lines are written whole and in order, on the threads of a pool. A file is opened for each batch, so that rotation by
/// rename needs no signal; what other loops append to the same file comes between batches, never into a line.
package final class LogFiles {
  /// Bytes that may wait for one file; lines beyond are dropped and counted.
  package static let waitingLimit = 8 << 20

  /// Told when lines could not be written, with the error of the system, or 0 when too many were waiting.
  package typealias Failure = (_ path: String, _ errno: CInt, _ lines: Int) -> Void

  private struct Queue {
    var waiting = ByteBuffer()
    var isWriting = false
  }

  private let loop: any EventLoop
  private let threads: NIOThreadPool
  private let failed: Failure
  private var queues: [String: Queue] = [:]
  private var idle: EventLoopPromise<Void>?

  package init(loop: any EventLoop, threads: NIOThreadPool, failed: @escaping Failure) {
    self.loop = loop
    self.threads = threads
    self.failed = failed
  }

  /// Appends a line, without its line feed, to the file.
  package func append(_ line: ByteBuffer, to path: String) {
    loop.assertInEventLoop()
    var queue = queues.removeValue(forKey: path) ?? Queue()
    let fits = queue.waiting.readableBytes + line.readableBytes < Self.waitingLimit
    if fits {
      queue.waiting.writeImmutableBuffer(line)
      queue.waiting.writeInteger(UInt8(ascii: "\n"))
    }
    queues[path] = queue
    if !fits { failed(path, 0, 1) }
    writeNext(path)
  }

  /// Done when everything that was appended is written.
  package func flushed() -> EventLoopFuture<Void> {
    guard !queues.isEmpty else { return loop.makeSucceededVoidFuture() }
    let promise = idle ?? loop.makePromise()
    idle = promise
    return promise.futureResult
  }

  private func writeNext(_ path: String) {
    guard let queue = queues[path], !queue.isWriting else { return }
    guard queue.waiting.readableBytes > 0 else {
      queues[path] = nil
      if queues.isEmpty {
        idle?.succeed()
        idle = nil
      }
      return
    }
    queues[path] = Queue(isWriting: true)
    let batch = queue.waiting
    threads.runIfActive(eventLoop: loop) { Self.write(batch, to: path) }
      .assumeIsolated()
      .whenComplete { result in
        self.queues[path]?.isWriting = false
        switch result {
        case .success(.none): break
        case .success(.some(let failure)): self.failed(path, failure.errno, failure.lines)
        case .failure: self.failed(path, ECANCELED, Self.lines(in: batch))
        }
        self.writeNext(path)
      }
  }

  private struct WriteFailure: Sendable {
    let errno: CInt
    let lines: Int
  }

  private static func write(_ batch: ByteBuffer, to path: String) -> WriteFailure? {
    let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { return WriteFailure(errno: errno, lines: lines(in: batch)) }
    defer { close(file) }
    var rest = batch
    while rest.readableBytes > 0 {
      let written = rest.withUnsafeReadableBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        return WriteFailure(errno: errno, lines: lines(in: rest))
      }
      rest.moveReaderIndex(forwardBy: written)
    }
    return nil
  }

  private static func lines(in batch: ByteBuffer) -> Int {
    batch.readableBytesView.count { $0 == UInt8(ascii: "\n") }
  }
}
