// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginProtocol

/// A plugin that behaves as its name and its config say, for the tests of processes. What it was asked to get wrong
/// before it has a config, it knows by the name that it was started with.
@main
struct TestPlugin {
  static func main() {
    let arguments = CommandLine.arguments
    switch arguments.dropFirst().first {
    case "--manifest": return Output.line(manifestText)
    case "--host": return TestHost.run(executable: arguments[2])
    default: break
    }
    let name = arguments.first ?? ""
    switch name {
    case "exits-at-start":
      Output.line("there is nothing for me here", on: STDERR_FILENO)
      exit(3)
    case "hangs":
      // Not even the end of its sockets moves it.
      while true { pause() }
    default:
      var conversation = Conversation(name: name)
      conversation.run()
    }
  }

  private static let manifestText =
    #"{"name": "test-plugin", "version": "1.0.0", "priority": 3, "phases": ["PHASE_REQUEST"]}"#
}

/// The plugin's end of the control connection, with blocking reads.
struct Conversation {
  private static let control: CInt = 3

  let name: String
  private var machine = ControlConnection(role: .plugin)
  private var buffer: [UInt8] = []
  private var ignoresPings = false
  private var ignoresDrain = false
  /// Without end, once it is asked for a sign of life.
  private var computes = false

  init(name: String) { self.name = name }

  mutating func run() {
    if name == "babbles" { write(Array(repeating: 0xFF, count: 64)) }
    while let message = next() {
      switch machine.received(message) {
      case .greeted(let hello, _): greet(hello)
      case .configure(let configure): answer(configure)
      case .ping(let nonce):
        var sum: UInt64 = 0
        while computes { sum &+= nonce }
        if !ignoresPings { send(.pong(nonce: nonce, inFlight: 0)) }
      case .drain:
        guard !ignoresDrain else { break }
        Output.line("draining")
        send(.drained)
        exit(0)
      default: exit(4)
      }
    }
    exit(0)
  }

  private mutating func greet(_ hello: ControlMessage.Hello) {
    if name == "from-the-future" {
      let future: ClosedRange<UInt32> = 7...9
      return send(.failure(ControlConnection.mismatch(host: hello.versions, plugin: future)))
    }
    let manifest = PackageManifest(
      name: name == "is-another" ? "other" : name, version: "1.0.0", priority: 1, phases: [1],
      configSchema: [], services: [], failsOpen: false, stateVersion: 1)
    send(
      .ready(
        ControlMessage.Ready(
          version: 1, manifest: manifest, limits: ConnectionLimits(), sdk: "test")))
  }

  private mutating func answer(_ configure: ControlMessage.Configure) {
    var instances: [ControlMessage.Configured.Instance] = []
    for instance in configure.instances {
      let words = Set(
        String(decoding: instance.config, as: UTF8.self).split(whereSeparator: { !$0.isLetter }))
      var result = ControlMessage.Configured.Instance(
        instance: instance.instance, subscriptions: [SubscriptionMessage(phase: 1)],
        diagnostics: [], logFiles: [])
      if words.contains("refuse") {
        result.diagnostics = [.init(isWarning: false, pointer: "/mood", message: "not today")]
      }
      if words.contains("greedy") { result.subscriptions = [SubscriptionMessage(phase: 4)] }
      if !words.contains("forget") { instances.append(result) }
      if words.contains("deaf") { ignoresPings = true }
      if words.contains("stubborn") { ignoresDrain = true }
      if words.contains("note") {
        let live = configure.liveGenerations.map(String.init).joined(separator: ",")
        Output.line(
          "generation \(configure.generation)\(configure.isDryRun ? ", asked" : "") of \(live)")
      }
      if words.contains("die") { exit(9) }
      if words.contains("mute") { return }
      if words.contains("report") { Surroundings.report() }
      if words.contains("parent") { Surroundings.startChild() }
      if words.contains("compute") { computes = true }
      if words.contains("spam") {
        for number in 1...200_000 { Output.line("line \(number)", on: STDERR_FILENO) }
      }
    }
    send(
      .configured(
        ControlMessage.Configured(generation: configure.generation, instances: instances)))
  }

  private mutating func send(_ message: ControlMessage) {
    if machine.send(message) { write(message.frame()) }
  }

  private func write(_ bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes { Glibc.write(Self.control, $0.baseAddress, $0.count) }
  }

  /// The next message; nil: the host is gone.
  private mutating func next() -> ControlMessage? {
    let decoder = FrameDecoder(
      maxFrame: ConnectionLimits.controlFrame, maxMeta: ConnectionLimits.controlFrame)
    while true {
      switch buffer.withUnsafeBytes({ decoder.next(in: $0) }) {
      case .frame(let header):
        let end = FrameHeader.size + Int(header.length)
        let message = buffer[FrameHeader.size..<end].withUnsafeBytes { meta in
          FrameType(rawValue: header.type).flatMap { try? ControlMessage($0, meta) }
        }
        buffer.removeFirst(end)
        return message
      case .violation: return nil
      case .incomplete:
        var piece = [UInt8](repeating: 0, count: 4096)
        let count = read(Self.control, &piece, piece.count)
        guard count > 0 else { return nil }
        buffer += piece[..<count]
      }
    }
  }
}

/// What the process prints, at once.
enum Output {
  static func line(_ text: String, on descriptor: CInt = STDOUT_FILENO) {
    let bytes = Array("\(text)\n".utf8)
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  }
}
