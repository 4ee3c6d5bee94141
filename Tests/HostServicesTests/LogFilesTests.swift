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
}
