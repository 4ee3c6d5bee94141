// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import Glibc
import PluginProtocol
import PluginSDK

/// A plugin's process and the host's end of its sockets, over the real frames. Reads block, at most ten seconds.
final class PluginProcess {
  struct Failure: Error { let message: String }

  /// A reply of the plugin.
  struct Answer {
    var error = ""
    var headers: [String: String] = [:]
    var checkpoint = ""
    var body: [UInt8] = []
  }

  let pid: pid_t
  private(set) var status: Int32?
  private var control: Socket
  private var data: Socket
  private var machine = DataConnection(
    role: .host, accepts: ConnectionLimits(), peerAccepts: ConnectionLimits())
  private var partial: [UInt32: (meta: [UInt8], payload: [UInt8])] = [:]
  /// Whole replies and service calls by stream.
  private var messages: [UInt32: (meta: [UInt8], payload: [UInt8])] = [:]

  /// Starts an executable that stands beside the tests.
  init(_ name: String, arguments: [String] = []) throws {
    let (hostControl, pluginControl) = try Socket.pair()
    let (hostData, pluginData) = try Socket.pair()
    control = Socket(hostControl, maxFrame: ConnectionLimits.controlFrame)
    data = Socket(hostData, maxFrame: 1 << 20)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, pluginControl, 3)
    posix_spawn_file_actions_adddup2(&actions, pluginData, 4)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      close(pluginControl)
      close(pluginData)
    }
    let path = Self.directory + "/" + name
    var pid: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var environment: [UnsafeMutablePointer<CChar>?] = [nil]
    let result = posix_spawn(&pid, path, &actions, nil, &arguments, &environment)
    guard result == 0 else {
      throw Failure(message: "\(path): \(String(cString: strerror(result)))")
    }
    self.pid = pid
  }

  deinit {
    if status == nil {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
    close(control.descriptor)
    close(data.descriptor)
  }

  /// Where the package's products are.
  private static var directory: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let path = String(
      decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
  }

  // MARK: Control

  func tell(_ message: ControlMessage) throws { try control.write(message.frame()) }

  /// The next message of the control connection that is no log line.
  func listen() throws -> ControlMessage {
    while true {
      let frame = try control.next()
      guard let type = FrameType(rawValue: frame.header.type) else {
        throw Failure(message: "an unknown frame")
      }
      let message = try ControlMessage(type, frame.meta)
      if case .log = message { continue }
      return message
    }
  }

  func handshake(versions: ClosedRange<UInt32> = 1...1) throws -> ControlMessage {
    try tell(
      .hello(
        ControlMessage.Hello(
          versions: versions, host: "tests", incarnation: 1, dataConnections: 1,
          limits: ConnectionLimits())))
    return try listen()
  }

  func configure(
    _ config: String = "{}", generation: UInt64 = 1, dryRun: Bool = false, oldest: UInt64 = 1,
    live: [UInt64] = []
  ) throws -> ControlMessage.Configured.Instance? {
    let entry = ControlMessage.Configure.Instance(
      instance: 1, id: "test", config: Array(config.utf8))
    try tell(
      .configure(
        ControlMessage.Configure(
          generation: generation, isDryRun: dryRun, instances: [entry], oldestGeneration: oldest,
          liveGenerations: live)))
    guard case .configured(let configured) = try listen() else { return nil }
    return configured.instances.first
  }

  // MARK: Calls

  /// Opens a stream and asks its first call.
  func ask(
    mode: String = "", body: [UInt8] = [], last: Bool = true, budget: Int = 0,
    generation: UInt64 = 1, checkpoint: String = "", on stream: UInt32? = nil
  ) throws -> UInt32 {
    guard case .opened(let opened) = stream.map({ .opened(stream: $0) }) ?? machine.open() else {
      throw Failure(message: "no stream")
    }
    let ordinal = machine.ask(opened, last: last)
    let output = FrameOutput()
    output.frame(
      .call, stream: opened, flags: last ? .last : [], ordinal: ordinal,
      meta: { call in
        call.number(1, UInt64(opened))
        call.number(2, generation)
        call.number(4, 1)
        call.number(5, 1)
        call.number(7, budget)
        if !checkpoint.isEmpty { call.text(8, checkpoint) }
        call.message(9) { head in
          head.text(1, "GET")
          head.text(4, "/")
          head.message(5) {
            $0.text(1, "X-Mode")
            $0.text(2, mode)
          }
        }
        call.number(12, body.count)
      }, payload: { output in body.withUnsafeBytes { output.raw($0) } })
    machine.sent(opened, payload: body.count, more: false, answer: false)
    try data.write(Array(output.pending))
    return opened
  }

  func cancel(_ stream: UInt32) throws {
    machine.cancel(stream)
    let output = FrameOutput()
    output.frame(.cancel, stream: stream)
    try data.write(Array(output.pending))
  }

  /// Sends bytes as they are.
  func write(_ bytes: [UInt8]) throws { try data.write(bytes) }

  /// The reply on a stream.
  func answer(on stream: UInt32) throws -> Answer {
    while messages[stream] == nil { try receive() }
    guard let (meta, payload) = messages.removeValue(forKey: stream) else { return Answer() }
    let arena = MessageArena()
    defer { withExtendedLifetime(arena) {} }
    let decoded = meta.withUnsafeBytes {
      arena.decode($0) { patchbay__plugin__v1__reply__unpack($0, $1, $2) }
    }
    guard let reply = decoded?.pointee else { throw Failure(message: "an unreadable reply") }
    var answer = Answer(body: payload)
    if let error = reply.error?.pointee { answer.error = String(cString: error.code) }
    answer.checkpoint = String(decoding: reply.checkpoint.view, as: UTF8.self)
    for index in 0..<reply.n_request_headers {
      guard let edit = reply.request_headers[index]?.pointee else { continue }
      answer.headers[String(decoding: edit.name.view, as: UTF8.self)] =
        String(decoding: edit.value.view, as: UTF8.self)
    }
    return answer
  }

  /// The stream of the next service call.
  func serviceCall() throws -> UInt32 {
    while true {
      if let stream = messages.keys.first(where: { $0 & 1 == 0 }) {
        messages[stream] = nil
        return stream
      }
      try receive()
    }
  }

  /// Answers a `kv get`.
  func answerService(_ stream: UInt32, value: String) throws {
    let output = FrameOutput()
    output.frame(
      .serviceResult, stream: stream,
      meta: {
        $0.number(2, value.utf8.count)
        $0.message(17) {
          $0.flag(1, true)
          $0.number(2, 1)
        }
      }, payload: { output in Array(value.utf8).withUnsafeBytes { output.raw($0) } })
    machine.sent(stream, payload: value.utf8.count, more: false, answer: true)
    try data.write(Array(output.pending))
  }

  private func receive() throws {
    let frame = try data.next()
    let stream = frame.header.stream
    switch machine.received(frame.header) {
    case .reply(_, let more), .serviceCall(_, let more):
      partial[stream] = (Array(frame.meta), Array(frame.payload))
      if !more { messages[stream] = partial.removeValue(forKey: stream) }
    case .data(_, let more):
      partial[stream]?.payload += frame.payload
      if !more { messages[stream] = partial.removeValue(forKey: stream) }
    case .violation(let violation): throw violation
    default: break
    }
  }

  // MARK: Life

  func closeControl() { shutdown(control.descriptor, Int32(SHUT_RDWR)) }

  func send(signal: Int32) { kill(pid, signal) }

  /// Waits for the end of the process and gives its exit status, or the signal that killed it as a negative number.
  func wait() -> Int32 {
    var raw: Int32 = 0
    waitpid(pid, &raw, 0)
    let status = raw & 0x7F == 0 ? raw >> 8 & 0xFF : -(raw & 0x7F)
    self.status = status
    return status
  }
}

/// One end of a socket pair.
private struct Socket {
  let descriptor: Int32
  private let input: FrameInput

  init(_ descriptor: Int32, maxFrame: UInt32) {
    self.descriptor = descriptor
    input = FrameInput(FrameDecoder(maxFrame: maxFrame, maxMeta: maxFrame))
  }

  /// Descriptors above those that the plugin gets, closed in other children.
  static func pair() throws -> (Int32, Int32) {
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0
    else { throw PluginProcess.Failure(message: "no socket pair") }
    let moved = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 100) }
    for end in ends { close(end) }
    return (moved[0], moved[1])
  }

  func write(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw PluginProcess.Failure(message: "the plugin is gone") }
      rest = rest.dropFirst(count)
    }
  }

  func next() throws -> Frame {
    while true {
      if let frame = try input.next() { return frame }
      var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard Glibc.poll(&poll, 1, 10_000) == 1 else {
        throw PluginProcess.Failure(message: "nothing came for ten seconds")
      }
      let room = input.room()
      let count = read(descriptor, room.baseAddress, room.count)
      guard count > 0 else { throw PluginProcess.Failure(message: "end of file") }
      input.received(count)
    }
  }
}
