// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import HostGateway

/// Over a file in place of the kernel's device: each request is four bytes more.
struct AwakeProcessorsTests {
  private static let anything: Int32 = 2_000_000_000

  private let file = FileManager.default.temporaryDirectory
    .appending(component: "latency-\(UUID())")
  private let loop = EmbeddedEventLoop()

  private func requests() throws -> [Int32] {
    try Data(contentsOf: file).withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) }
  }

  @Test func `the kernel is asked with the first exchange, and no more after the last`() throws {
    try Data().write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let latency = try ProcessorLatency(microseconds: 20, path: file.path)
    let processors = AwakeProcessors(latency, on: loop, logger: Logger(label: "test"))
    #expect(try requests() == [])
    processors.exchangeBegan()
    processors.exchangeBegan()
    #expect(try requests() == [20])
    loop.advanceTime(by: .seconds(1))
    #expect(try requests() == [20])
    loop.advanceTime(by: .seconds(1))
    #expect(try requests() == [20, Self.anything])
    // Nobody looks again.
    loop.advanceTime(by: .seconds(10))
    processors.exchangeBegan()
    #expect(try requests() == [20, Self.anything, 20])
  }

  @Test func `while there are exchanges the request stands`() throws {
    try Data().write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let latency = try ProcessorLatency(microseconds: 0, path: file.path)
    let processors = AwakeProcessors(latency, on: loop, logger: Logger(label: "test"))
    processors.isBusy = { true }
    processors.exchangeBegan()
    loop.advanceTime(by: .seconds(60))
    #expect(try requests() == [0])
    processors.isBusy = { false }
    loop.advanceTime(by: .seconds(1))
    #expect(try requests() == [0, Self.anything])
  }

  @Test func `a device that cannot be opened is named`() {
    let error = #expect(throws: ProcessorLatency.Unavailable.self) {
      try ProcessorLatency(microseconds: 0, path: "/nonexistent/latency")
    }
    #expect(error?.description == "/nonexistent/latency: No such file or directory")
  }

  @Test func `where the system lets nobody ask there is a warning, and traffic all the same`() {
    let lines = Mutex<[String]>([])
    let logger = Logger(label: "test") { _ in Lines { line in lines.withLock { $0.append(line) } } }
    let latencies = ProcessorLatency.each(
      of: 2, microseconds: 0, path: "/nonexistent/latency", logger: logger)
    #expect(latencies.isEmpty)
    #expect(lines.withLock { $0 } == ["warning: cpu_latency is not kept"])
  }
}

/// Hands on what is logged.
private struct Lines: LogHandler {
  let handOn: @Sendable (String) -> Void
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  init(_ handOn: @escaping @Sendable (String) -> Void) { self.handOn = handOn }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { handOn("\(event.level): \(event.message)") }
}
