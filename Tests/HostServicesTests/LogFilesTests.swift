// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import HostServices

struct LogFilesTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "log-files-\(UUID().uuidString)")

  @Test func `lines of two loops are whole and in order for each`() async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appendingPathComponent("access.log").path
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let threads = NIOThreadPool(numberOfThreads: 2)
    threads.start()
    var done: [EventLoopFuture<Void>] = []
    for (name, loop) in zip(["a", "b"], group.makeIterator()) {
      done.append(
        loop.flatSubmit {
          let files = LogFiles(loop: loop, threads: threads) { path, code, lines in
            Issue.record("\(lines) lines of \(path) lost: \(code)")
          }
          for number in 0..<2_000 {
            files.append(ByteBuffer(string: "\(name) \(number)"), to: path)
          }
          return files.flushed()
        })
    }
    for future in done { try await future.get() }
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    for name in ["a", "b"] {
      #expect(
        lines.filter { $0.hasPrefix(name) } == (0..<2_000).map { Substring("\(name) \($0)") })
    }
    try await threads.shutdownGracefully()
    try await group.shutdownGracefully()
    try FileManager.default.removeItem(at: folder)
  }

  @Test func `a file that cannot be written is reported with its lines`() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let threads = NIOThreadPool(numberOfThreads: 1)
    threads.start()
    let loop = group.next()
    let lost = try await loop.flatSubmit { () -> EventLoopFuture<[Int]> in
      let lost = NIOLoopBoundBox([Int](), eventLoop: loop)
      let files = LogFiles(loop: loop, threads: threads) { _, code, lines in
        lost.value += [Int(code), lines]
      }
      files.append(ByteBuffer(string: "x"), to: "/nonexistent/folder/file")
      return files.flushed().map { lost.value }
    }.get()
    #expect(lost == [Int(ENOENT), 1])
    try await threads.shutdownGracefully()
    try await group.shutdownGracefully()
  }

  /// Runs the closure with the log files of one loop; what was lost comes back: error codes and lines.
  private func withLogFiles(
    threads count: Int = 1,
    _ body: @escaping @Sendable (any EventLoop, LogFiles) -> EventLoopFuture<Void>
  ) async throws -> [Int] {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let threads = NIOThreadPool(numberOfThreads: count)
    threads.start()
    let loop = group.next()
    let lost = try await loop.flatSubmit { () -> EventLoopFuture<[Int]> in
      let lost = NIOLoopBoundBox([Int](), eventLoop: loop)
      let files = LogFiles(loop: loop, threads: threads) { _, code, lines in
        lost.value += [Int(code), lines]
      }
      return body(loop, files).map { lost.value }
    }.get()
    try await threads.shutdownGracefully()
    try await group.shutdownGracefully()
    return lost
  }

  @Test func `a file that was renamed is made anew`() async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appendingPathComponent("rotated.log").path
    let lost = try await withLogFiles { loop, files in
      let files = NIOLoopBound(files, eventLoop: loop)
      files.value.append(ByteBuffer(string: "before"), to: path)
      return files.value.flushed().flatMapThrowing {
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        files.value.append(ByteBuffer(string: "after"), to: path)
      }.flatMap { files.value.flushed() }
    }
    #expect(lost.isEmpty)
    #expect(try String(contentsOfFile: path + ".1", encoding: .utf8) == "before\n")
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "after\n")
    try FileManager.default.removeItem(at: folder)
  }

  @Test func `a folder is no file, and a full disk is noticed`() async throws {
    let folder = FileManager.default.temporaryDirectory.path
    let lost = try await withLogFiles { _, files in
      files.append(ByteBuffer(string: "x"), to: folder)
      return files.flushed()
    }
    #expect(lost == [Int(EISDIR), 1])
    let full = try await withLogFiles { _, files in
      for _ in 0..<3 { files.append(ByteBuffer(string: "x"), to: "/dev/full") }
      return files.flushed()
    }
    // The first line goes alone, the others together while it is being written.
    #expect(full == [Int(ENOSPC), 1, Int(ENOSPC), 2])
  }

  @Test func `lines beyond what may wait are dropped and counted, the others written`() async throws
  {
    let line = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20)
    let lost = try await withLogFiles { _, files in
      // One is being written while the others wait.
      for _ in 0..<10 { files.append(line, to: "/dev/null") }
      return files.flushed()
    }
    #expect(lost == [0, 1, 0, 1])
  }
}
