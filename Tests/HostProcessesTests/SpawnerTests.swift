// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Foundation
import Testing

@testable import HostProcesses

/// The spawner process, asked as the host asks it.
@Suite(.timeLimit(.minutes(1))) struct SpawnerTests {
  /// A spawner, and the plain socket to it.
  private final class Raw {
    let socket: CInt
    private var pid: pid_t = 0

    init() { socket = patchbay_spawner_start(&pid) }

    deinit {
      close(socket)
      waitpid(pid, nil, 0)
    }

    func send(
      _ request: patchbay_spawn_request, _ descriptors: [CInt], paths: [UInt8] = []
    ) -> CInt {
      var request = request
      let paths = paths.map { CChar(bitPattern: $0) }
      request.paths = UInt32(paths.count)
      return patchbay_spawner_send(socket, &request, paths, descriptors, CInt(descriptors.count))
    }

    func report() -> patchbay_spawn_report? {
      var report = patchbay_spawn_report()
      return patchbay_spawner_receive(socket, &report) == 1 ? report : nil
    }
  }

  private func request(id: UInt64, sockets: UInt32, name: String = "hangs")
    -> patchbay_spawn_request
  {
    var request = patchbay_spawn_request()
    request.kind = PATCHBAY_SPAWN.rawValue
    request.id = id
    request.sockets = sockets
    withUnsafeMutableBytes(of: &request.name) { $0.copyBytes(from: name.utf8) }
    return request
  }

  @Test func `a malformed request is answered, and the next one is served`() throws {
    let raw = Raw()
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(null) }
    // Too few descriptors; another number than was said; a name without an end; an unknown kind.
    #expect(raw.send(request(id: 1, sockets: 1), []) == 0)
    #expect(raw.send(request(id: 2, sockets: 2), [null, null, null, null]) == 0)
    let endless = String(repeating: "x", count: Int(PATCHBAY_SPAWN_NAME))
    #expect(raw.send(request(id: 3, sockets: 1, name: endless), [null, null, null, null]) == 0)
    var unknown = request(id: 4, sockets: 1)
    unknown.kind = 77
    #expect(raw.send(unknown, []) == 0)
    // A name that leads elsewhere; paths without a letter, an end, a root.
    let some = [null, null, null, null]
    #expect(raw.send(request(id: 5, sockets: 1, name: "../x"), some) == 0)
    for (index, paths) in ["/etc\0", "r/etc", "retc\0", "r/etc\0\0", "x/etc\0"].enumerated() {
      let id = 6 + UInt64(index)
      #expect(raw.send(request(id: id, sockets: 1), some, paths: Array(paths.utf8)) == 0)
    }
    let tooMuch = [UInt8](repeating: 65, count: Int(PATCHBAY_SPAWN_PATHS) + 1)
    #expect(raw.send(request(id: 20, sockets: 1), some, paths: tooMuch) == E2BIG)
    // Shorter than a request.
    #expect(write(raw.socket, "x", 1) == 1)
    for id in UInt64(1)...10 {
      let report = try #require(raw.report())
      #expect(report.kind == PATCHBAY_FAILED.rawValue && report.id == id)
      #expect(report.code == EINVAL && report.stage == PATCHBAY_STAGE_REQUEST.rawValue)
    }
    #expect(raw.report()?.kind == PATCHBAY_FAILED.rawValue)
    let file = open(TestPlugins.executable, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    #expect(raw.send(request(id: 21, sockets: 1), [file, null, null, null]) == 0)
    #expect(raw.report()?.kind == PATCHBAY_STARTED.rawValue)
  }

  @Test func `what cannot be executed is named with its error`() throws {
    let raw = Raw()
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(null) }
    #expect(raw.send(request(id: 9, sockets: 1), [null, null, null, null]) == 0)
    let report = try #require(raw.report())
    #expect(report.kind == PATCHBAY_FAILED.rawValue && report.id == 9)
    #expect(report.stage == PATCHBAY_STAGE_EXEC.rawValue && report.code == EACCES)
  }

  @Test func `the limit of memory is the plugin's, not that of what it was forked from`() throws {
    let limit = 64 << 20
    let memory = [UInt8](repeating: 1, count: limit * 2)
    let raw = Raw()
    let file = open(TestPlugins.executable, O_RDONLY | O_CLOEXEC)
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer {
      close(file)
      close(null)
    }
    var request = request(id: 1, sockets: 1)
    request.memory = UInt64(limit)
    #expect(raw.send(request, [file, null, null, null]) == 0)
    let started = try #require(raw.report())
    #expect(started.kind == PATCHBAY_STARTED.rawValue)
    let limits = try String(contentsOfFile: "/proc/\(started.pid)/limits", encoding: .utf8)
    let data = limits.split(separator: "\n").first { $0.hasPrefix("Max data size") }
    #expect(data?.contains(" \(limit) ") == true)
    #expect(memory.count == limit * 2)
  }

  @Test func `a signal ends the process, and the report says how and at what cost`() throws {
    let raw = Raw()
    let file = open(TestPlugins.executable, O_RDONLY | O_CLOEXEC)
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer {
      close(file)
      close(null)
    }
    #expect(raw.send(request(id: 5, sockets: 1), [file, null, null, null]) == 0)
    let started = try #require(raw.report())
    var kill = patchbay_spawn_request()
    kill.kind = PATCHBAY_KILL.rawValue
    kill.id = 5
    kill.signal = SIGTERM
    #expect(raw.send(kill, []) == 0)
    let ended = try #require(raw.report())
    #expect(ended.kind == PATCHBAY_EXITED.rawValue && ended.id == 5 && ended.pid == started.pid)
    #expect(ended.code & 0x7F == SIGTERM)
    #expect(ended.max_rss_kb > 0)
  }

  @Test func `the verified file is executed, even if its path names another by then`() throws {
    let plugins = try TestPlugins()
    try plugins.install("exits-at-start")
    let package = try InstalledPackage.newest("exits-at-start", in: plugins.folder)
    let file = try package.open()
    try plugins.replaceExecutable("exits-at-start", with: "#!/bin/sh\nexit 77\n")
    let raw = Raw()
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer {
      close(file)
      close(null)
    }
    let request = request(id: 1, sockets: 1, name: "exits-at-start")
    #expect(raw.send(request, [file, null, null, null]) == 0)
    #expect(raw.report()?.kind == PATCHBAY_STARTED.rawValue)
    let ended = try #require(raw.report())
    #expect(ended.code >> 8 == 3)
  }

  /// A host with one plugin, and a folder for its temporary files.
  private final class Host {
    let process = Process()
    let spawner: pid_t
    let plugin: pid_t
    private let output = Pipe()

    init(temporary: String) throws {
      process.executableURL = URL(fileURLWithPath: TestPlugins.executable)
      process.arguments = ["--host", TestPlugins.executable]
      process.environment = ["TMPDIR": temporary]
      process.standardOutput = output
      try process.run()
      let line = ProcessWatch.readLine(output.fileHandleForReading.fileDescriptor)
      let pids = line.split(separator: " ").compactMap { pid_t($0) }
      try #require(pids.count == 2)
      (spawner, plugin) = (pids[0], pids[1])
    }

    /// Ends it, and waits until nothing is left that runs.
    func end(_ signal: CInt) {
      kill(process.processIdentifier, signal)
      // The plugin has the pipe open as its stdout: its end is the end of the file.
      #expect(ProcessWatch.readToEnd(output.fileHandleForReading.fileDescriptor) == "")
      for pid in [spawner, plugin] { #expect(ProcessWatch.ends(pid)) }
      process.waitUntilExit()
    }
  }

  @Test(arguments: [SIGKILL, SIGTERM])
  func `when the host dies nothing is left of it`(_ signal: CInt) throws {
    let plugins = try TestPlugins()
    let host = try Host(temporary: plugins.directory)
    #expect(try plugins.contents().count == 1)
    host.end(signal)
    #expect(try plugins.contents() == [])
  }

  @Test func `what a spawner has left that was killed, the next one removes`() throws {
    let plugins = try TestPlugins()
    let other = try TemporaryFolder("\(plugins.directory)\(PATCHBAY_TEMPORARY)")
    try plugins.makeFolder("patchbay-run-of-somebody-else")
    let killed = try Host(temporary: plugins.directory)
    kill(killed.spawner, SIGKILL)
    #expect(ProcessWatch.ends(killed.plugin))
    killed.end(SIGKILL)
    #expect(try plugins.contents().count == 3)
    let next = try Host(temporary: plugins.directory)
    next.end(SIGKILL)
    // What is in use, and what has another name, stays.
    let names = [
      URL(fileURLWithPath: other.path).lastPathComponent, "patchbay-run-of-somebody-else",
    ]
    #expect(try plugins.contents().sorted() == names.sorted())
    other.remove()
    #expect(try plugins.contents() == ["patchbay-run-of-somebody-else"])
  }

  @Test func `a terminal's and a service manager's signals are the host's to handle`() throws {
    var pid: pid_t = 0
    let socket = patchbay_spawner_start(&pid)
    for signal in [SIGTERM, SIGINT, SIGHUP, SIGUSR1] { kill(pid, signal) }
    let file = open(TestPlugins.executable, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    var request = request(id: 1, sockets: 1)
    #expect(patchbay_spawner_send(socket, &request, nil, [file, file, file, file], 4) == 0)
    var report = patchbay_spawn_report()
    #expect(patchbay_spawner_receive(socket, &report) == 1)
    #expect(report.kind == PATCHBAY_STARTED.rawValue)
    close(socket)
    waitpid(pid, nil, 0)
    #expect(ProcessWatch.ends(report.pid))
  }
}
