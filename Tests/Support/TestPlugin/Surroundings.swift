// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What a process was given, printed for the tests.
enum Surroundings {
  static func report() {
    var count = 0
    var variable = environ
    while variable.pointee != nil {
      count += 1
      variable += 1
    }
    Output.line("environment: \(count)")
    Output.line("arguments: \(CommandLine.arguments.joined(separator: " "))")
    Output.line("descriptors: \(descriptors.map(String.init).joined(separator: " "))")
    Output.line("leads its process group: \(getpgid(0) == getpid())")
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(4), &limit)
    Output.line("core: \(limit.rlim_cur)")
    let folder = getcwd(nil, 0)
    Output.line("folder: \(folder.map { String(cString: $0) } ?? "none")")
    free(folder)
    for field in ["NoNewPrivs", "SigBlk", "SigIgn"] { Output.line(status(field)) }
  }

  private static var descriptors: [CInt] {
    // To ask takes no descriptor, so that none is seen that is only there to look.
    (0..<4096).filter { fcntl($0, F_GETFD) >= 0 }
  }

  private static func status(_ field: String) -> String {
    guard let file = fopen("/proc/self/status", "r") else { return "" }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 1024)
    while fgets(&line, 1024, file) != nil {
      let text = line.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      let words = text.split(whereSeparator: \.isWhitespace)
      if words.count == 2, words[0] == "\(field):" { return "\(field): \(words[1])" }
    }
    return ""
  }

  /// Starts a process that outlives everything that does not kill it, and prints its number.
  static func startChild() {
    var child: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("hangs"), nil]
    var environment: [UnsafeMutablePointer<CChar>?] = [nil]
    posix_spawn(&child, "/proc/self/exe", nil, nil, &arguments, &environment)
    Output.line("child: \(child)")
  }
}
