// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginSDK

/// What a version does wrong, for the tests of swaps.
enum Flaw: String {
  case none
  /// It ends before it has said anything.
  case start
  /// It never says anything.
  case silent
  /// It does not like its config.
  case refuse
  /// It never says whether it likes its config.
  case mute
  /// Its calls fail.
  case fail
  /// It dies in its calls.
  case die
  /// None: it only wants to see more than others.
  case curious

  /// What is wrong before the conversation with the host begins. A package can be made of it all the same.
  func beforeStart() {
    guard CommandLine.arguments.count == 1 else { return }
    if self == .silent { standStill() }
    guard self == .start else { return }
    let words = Array("there is nothing for me here\n".utf8)
    _ = write(STDERR_FILENO, words, words.count)
    exit(3)
  }

  func check() throws {
    if self == .mute { standStill() }
    if self == .refuse { throw ConfigError("/does", "not in this version") }
  }

  private func standStill() -> Never {
    while true { pause() }
  }

  func beforeReply() throws {
    switch self {
    case .fail: throw CallError(code: "flaw", message: "asked for by a test")
    case .die: fatalError("a flaw that a test asked for")
    case .none, .start, .silent, .refuse, .mute, .curious: break
    }
  }
}
