// SPDX-License-Identifier: Apache-2.0

import Glibc

/// All descriptors of a process that is about to be started: ours, and its own. What was not taken is closed in the end.
struct ProcessDescriptors: ~Copyable {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private(set) var control: CInt = -1
  /// One for each event loop.
  private(set) var data: [CInt] = []
  private(set) var output: CInt = -1
  private(set) var errors: CInt = -1
  /// The process's ends: stdout, stderr, then control and data.
  private(set) var pluginOutput: CInt = -1
  private(set) var pluginErrors: CInt = -1
  private(set) var pluginSockets: [CInt] = []
  let executable: CInt

  /// - Parameters:
  ///   - executable: owned from here on.
  ///   - loops: how many data connections there are.
  init(executable: CInt, loops: Int) throws(Failure) {
    self.executable = executable
    control = try socketPair()
    for _ in 0..<loops { data.append(try socketPair()) }
    (output, pluginOutput) = try Self.pipe()
    (errors, pluginErrors) = try Self.pipe()
  }

  deinit {
    for descriptor in data + pluginSockets { close(descriptor) }
    for descriptor in [control, output, errors, pluginOutput, pluginErrors, executable]
    where descriptor >= 0 {
      close(descriptor)
    }
  }

  // What is taken is the caller's to close.

  mutating func takeControl() -> CInt { Self.take(&control) }

  mutating func takeOutput() -> CInt { Self.take(&output) }

  mutating func takeErrors() -> CInt { Self.take(&errors) }

  mutating func takeData() -> [CInt] {
    defer { data = [] }
    return data
  }

  private static func take(_ descriptor: inout CInt) -> CInt {
    defer { descriptor = -1 }
    return descriptor
  }

  /// A connection: keeps the process's end, and returns ours.
  private mutating func socketPair() throws(Failure) -> CInt {
    var ends: [CInt] = [-1, -1]
    let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Self.failure("no socket pair") }
    pluginSockets.append(ends[1])
    return ends[0]
  }

  private static func pipe() throws(Failure) -> (read: CInt, write: CInt) {
    var ends: [CInt] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw failure("no pipe") }
    // The host itself never forks, so nothing is inherited between the two calls.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func failure(_ text: String) -> Failure {
    Failure(description: "\(text): \(String(cString: strerror(errno)))")
  }
}
