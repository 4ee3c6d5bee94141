// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginProtocol
import Testing

/// The runtime in a process of its own, over real sockets.
struct ProcessTests {
  private func started() throws -> PluginProcess {
    let process = try PluginProcess("sdk-test-plugin")
    _ = try process.handshake()
    _ = try process.configure()
    return process
  }

  @Test func `the handshake tells the manifest`() throws {
    let process = try PluginProcess("sdk-test-plugin")
    guard case .ready(let ready) = try process.handshake(versions: 1...3) else {
      Issue.record("no ready")
      return
    }
    #expect(ready.version == 1)
    #expect(ready.manifest.name == "sdk-test")
    #expect(ready.manifest.version == "1.2.3")
    #expect(ready.manifest.priority == 5)
    #expect(ready.manifest.phases == [1])
    #expect(ready.manifest.services == [2])
    #expect(
      ready.manifest.permissions == ["network", "read:/etc/ssl", "write:/var/log/x", "processes"])
    #expect(String(decoding: ready.manifest.configSchema, as: UTF8.self).contains("x-hello"))
  }

  @Test func `another version is refused with a hint`() throws {
    let process = try PluginProcess("sdk-test-plugin")
    guard case .failure(let failure) = try process.handshake(versions: 7...9) else {
      Issue.record("no failure")
      return
    }
    #expect(failure.code == "version-mismatch")
    #expect(!failure.hint.isEmpty)
    #expect(process.wait() == 1)
  }

  @Test func `a configuration is accepted with subscriptions or refused with pointers`() throws {
    let process = try PluginProcess("sdk-test-plugin")
    _ = try process.handshake()
    let accepted = try process.configure(#"{"name":"x-a"}"#)
    #expect(accepted?.subscriptions.map(\.phase) == [1])
    #expect(accepted?.subscriptions.first?.headers == ["x-mode"])
    #expect(accepted?.subscriptions.first?.wantsBody == true)
    let refused = try process.configure(#"{"name":7,"oops":true}"#, generation: 2)
    #expect(refused?.diagnostics.map(\.pointer) == ["/name", "/oops"])
    #expect(refused?.diagnostics.map(\.message) == ["expected a string", "unknown field"])
    let thrown = try process.configure(#"{"name":""}"#, generation: 3)
    #expect(thrown?.diagnostics.map(\.pointer) == ["/name"])
    let garbage = try process.configure("{", generation: 4)
    #expect(garbage?.diagnostics.count == 1)
    // What was refused has not replaced what was accepted.
    #expect(try process.answer(on: process.ask()).headers == ["x-a": "world"])
    #expect(try process.answer(on: process.ask(generation: 3)).error == "unknown-instance")
  }

  @Test func `a dry run keeps nothing`() throws {
    let process = try PluginProcess("sdk-test-plugin")
    _ = try process.handshake()
    #expect(try process.configure(dryRun: true)?.diagnostics == [])
    #expect(try process.answer(on: process.ask()).error == "unknown-instance")
  }

  @Test func `exchanges keep the generation that they began with`() throws {
    let process = try started()
    _ = try process.configure(#"{"value":"new"}"#, generation: 2)
    #expect(try process.answer(on: process.ask(generation: 1)).headers == ["x-hello": "world"])
    #expect(try process.answer(on: process.ask(generation: 2)).headers == ["x-hello": "new"])
  }

  @Test func `generations that have no exchanges any more are let go`() throws {
    let process = try started()
    _ = try process.configure(#"{"value":"two"}"#, generation: 2)
    _ = try process.configure(#"{"value":"three"}"#, generation: 3, live: [1, 3])
    #expect(try process.answer(on: process.ask(generation: 1)).headers == ["x-hello": "world"])
    #expect(try process.answer(on: process.ask(generation: 2)).error == "unknown-instance")
    _ = try process.configure(#"{"value":"four"}"#, generation: 4, oldest: 3)
    #expect(try process.answer(on: process.ask(generation: 1)).error == "unknown-instance")
    #expect(try process.answer(on: process.ask(generation: 3)).headers == ["x-hello": "three"])
    #expect(try process.answer(on: process.ask(generation: 4)).headers == ["x-hello": "four"])
  }

  @Test func `calls are answered in any order, those of a stream in theirs`() throws {
    let process = try started()
    let waiting = try process.ask(mode: "wait", last: false)
    let napping = try process.ask(mode: "nap", last: false)
    for _ in 0..<50 {
      #expect(try process.answer(on: process.ask()).headers == ["x-hello": "world"])
    }
    #expect(try process.answer(on: napping).checkpoint == #"{"calls":1}"#)
    let again = try process.ask(last: false, on: napping)
    #expect(try process.answer(on: again).checkpoint == #"{"calls":2}"#)
    try process.cancel(waiting)
  }

  @Test func `a checkpoint is where a stream goes on`() throws {
    let process = try started()
    let stream = try process.ask(last: false, checkpoint: #"{"calls":41}"#)
    #expect(try process.answer(on: stream).checkpoint == #"{"calls":42}"#)
    // Behind the last call nobody needs one.
    let over = try process.ask(checkpoint: #"{"calls":41}"#)
    #expect(try process.answer(on: over).checkpoint == "")
    let broken = try process.ask(checkpoint: "nonsense")
    #expect(try process.answer(on: broken).error == "state-unreadable")
  }

  @Test func `a call ends at its deadline`() throws {
    let process = try started()
    let stream = try process.ask(mode: "wait", budget: 20_000)
    #expect(try process.answer(on: stream).error == "deadline")
  }

  @Test func `a cancelled call is never answered, and harms no other`() throws {
    let process = try started()
    let stream = try process.ask(mode: "wait", last: false)
    try process.cancel(stream)
    #expect(try process.answer(on: process.ask()).error == "")
    try process.tell(.ping(nonce: 7))
    #expect(try process.listen() == .pong(nonce: 7, inFlight: 0))
  }

  @Test func `a ping tells what is in flight`() throws {
    let process = try started()
    _ = try process.ask(mode: "wait")
    _ = try process.ask(mode: "wait")
    #expect(try process.answer(on: process.ask()).error == "")
    try process.tell(.ping(nonce: 1))
    #expect(try process.listen() == .pong(nonce: 1, inFlight: 2))
  }

  @Test func `a service call is answered while others run`() throws {
    let process = try started()
    let stream = try process.ask(mode: "kv")
    let service = try process.serviceCall()
    #expect(try process.answer(on: process.ask()).error == "")
    try process.answerService(service, value: "hello")
    #expect(try process.answer(on: stream).body == Array("hello".utf8))
  }

  @Test func `a result that comes after its call was cancelled is dropped`() throws {
    let process = try started()
    let stream = try process.ask(mode: "kv", last: false)
    let service = try process.serviceCall()
    try process.cancel(stream)
    let output = FrameHeader(.serviceResult, stream: service)
    var frame = [UInt8](repeating: 0, count: FrameHeader.size)
    frame.withUnsafeMutableBytes { bytes in
      if let base = bytes.baseAddress { output.encode(into: base) }
    }
    try process.write(frame)
    #expect(try process.answer(on: process.ask()).error == "")
  }

  @Test func `bodies come back as they went`() throws {
    let process = try started()
    let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(try process.answer(on: process.ask(mode: "echo", body: body)).body == body)
  }

  @Test func `a drain lets calls finish and exits with 0`() throws {
    let process = try started()
    let stream = try process.ask(mode: "nap")
    try process.tell(.drain(deadlineMilliseconds: 1000))
    #expect(try process.answer(on: stream).headers == ["x-hello": "world"])
    #expect(try process.listen() == .drained)
    #expect(process.wait() == 0)
  }

  @Test func `without its host a process ends`() throws {
    let process = try started()
    _ = try process.ask(mode: "wait")
    process.closeControl()
    #expect(process.wait() == 0)
  }

  @Test func `a host that breaks the protocol is told, and left`() throws {
    let process = try started()
    try process.write([UInt8](repeating: 0xFF, count: 16))
    guard case .failure(let failure) = try process.listen() else {
      Issue.record("no failure")
      return
    }
    #expect(failure.code == "protocol-violation")
    #expect(process.wait() == 1)
  }

  @Test func `a crash is an end of file in the middle of a call`() throws {
    let process = try started()
    let stream = try process.ask(mode: "crash")
    #expect(throws: PluginProcess.Failure.self) { try process.answer(on: stream) }
    #expect(process.wait() < 0)
  }
}
