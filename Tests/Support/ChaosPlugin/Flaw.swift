// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginSDK

/// What a version does wrong, for the tests of swaps.
enum Flaw: String {
  case none
  /// It ends before it has said anything.
  case start
  /// It does not like its config.
  case refuse
  /// Its calls fail.
  case fail
  /// It dies in its calls.
  case die
  /// None: it only wants to see more than others.
  case curious

  /// What is wrong before the conversation with the host begins. A package can be made of it all the same.
  func beforeStart() {
    guard self == .start, CommandLine.arguments.count == 1 else { return }
    let words = Array("there is nothing for me here\n".utf8)
    _ = write(STDERR_FILENO, words, words.count)
    exit(3)
  }

  func check() throws {
    if self == .refuse { throw ConfigError("/does", "not in this version") }
  }

  func beforeReply() throws {
    switch self {
    case .fail: throw CallError(code: "flaw", message: "asked for by a test")
    case .die: fatalError("a flaw that a test asked for")
    case .none, .start, .refuse, .curious: break
    }
  }
}
