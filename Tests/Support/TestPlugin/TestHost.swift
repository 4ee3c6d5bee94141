// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Glibc

/// A host with nothing but a spawner and one plugin, to be killed by a test.
///
/// It prints the numbers of both. The plugin's stdout is this process's own, so whoever reads it learns by the end of
/// file that nobody is left.
enum TestHost {
  static func run(executable: String) {
    // The threads of a test block all signals, and what they start inherits that.
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
    var spawner: pid_t = 0
    let socket = patchbay_spawner_start(&spawner)
    let file = open(executable, O_RDONLY | O_CLOEXEC)
    var ends: [CInt] = [-1, -1]
    socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends)
    var request = patchbay_spawn_request()
    request.kind = PATCHBAY_SPAWN.rawValue
    request.id = 1
    request.sockets = 1
    withUnsafeMutableBytes(of: &request.name) { $0.copyBytes(from: "hangs".utf8) }
    _ = patchbay_spawner_send(socket, &request, nil, [file, 1, 2, ends[1]], 4)
    var report = patchbay_spawn_report()
    guard patchbay_spawner_receive(socket, &report) == 1 else { exit(1) }
    Output.line("\(spawner) \(report.pid)")
    while true { pause() }
  }
}
