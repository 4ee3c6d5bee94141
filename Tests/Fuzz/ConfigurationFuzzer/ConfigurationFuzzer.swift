// SPDX-License-Identifier: Apache-2.0

import Fuzzing
import HostConfiguration

/// Declarative files that were changed at random: each is taken, or refused with errors that have their places.
package struct ConfigurationFuzzer: FuzzTarget {
  package static let name = "configuration"

  package private(set) var iterations = 0
  package private(set) var accepted = 0
  package private(set) var messages: Set<String> = []
  private var seed: UInt64

  package init(seed: UInt64) { self.seed = seed }

  package var report: String {
    "\(iterations) files, \(accepted) of them taken, \(messages.count) kinds of errors"
  }

  package mutating func iterate() throws {
    var mutator = TextMutator(
      seed: seed, words: ConfigurationCorpus.words, corpus: ConfigurationCorpus.files)
    let text = String(decoding: mutator.text(changes: 3), as: UTF8.self)
    let lines = text.count { $0.isNewline } + 1
    do throws(GatewayConfiguration.Invalid) {
      _ = try GatewayConfiguration.parse(text) { $0 == "SET" ? "value" : nil }
      accepted += 1
    } catch {
      guard !error.errors.isEmpty else { throw broken("refused for no reason", text) }
      for one in error.errors {
        // Of a file without anything there is no line to name; the end of others is behind their last one.
        guard (1...lines + 1).contains(one.line) || one.message == "the configuration is empty"
        else {
          throw broken("an error without its place: \(one)", text)
        }
        guard !one.message.isEmpty else { throw broken("an error without words", text) }
        messages.insert(one.message.filter { $0.isLetter || $0 == " " })
      }
    }
    iterations += 1
    seed &+= 1
  }

  private func broken(_ law: String, _ text: String) -> BrokenLaw {
    BrokenLaw(target: Self.name, seed: seed, law: "\(law): \(text.debugDescription)")
  }
}
