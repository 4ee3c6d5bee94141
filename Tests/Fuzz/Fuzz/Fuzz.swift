// SPDX-License-Identifier: Apache-2.0

import ConfigurationFuzzer
import Foundation
import FrameFuzzer
import Fuzzing
import HTTP2Fuzzer
import HTTPFuzzer
import TLSFuzzer

/// Feeds changed input to all that reads what others write, until a law breaks, a bound is reached, or it is stopped.
@main
struct Fuzz {
  /// All there are; they run by turns.
  static var targets: [any FuzzTarget.Type] {
    [
      FrameFuzzer.self, HTTPFuzzer.self, ContentFuzzer.self, HTTP2ClientFuzzer.self,
      HTTP2UpstreamFuzzer.self, TLSFuzzer.self, ConfigurationFuzzer.self,
    ]
  }

  static let usage = """
    usage: fuzz [TARGET ...] [--iterations N] [--seconds N] [--seed N]

    Targets: \(targets.map { $0.name }.joined(separator: ", ")); without one all of them.
    Without bounds it runs until it is stopped. What it finds is seen again with the same seed.
    """

  static func main() {
    guard let options = Options(CommandLine.arguments.dropFirst()) else {
      print(usage)
      exit(2)
    }
    do {
      try run(options)
    } catch {
      print("FOUND: \(error)")
      exit(1)
    }
  }

  private static func run(_ options: Options) throws {
    print("seed \(options.seed)")
    var targets = try options.targets.map { try $0.init(seed: options.seed) }
    let clock = ContinuousClock()
    let start = clock.now
    var nextReport = start + .seconds(10)
    var iterations = 0
    while iterations < options.iterations, clock.now - start < options.time {
      let count = min(256, options.iterations - iterations)
      for index in targets.indices {
        for _ in 0..<count { try targets[index].iterate() }
      }
      iterations += count
      if clock.now >= nextReport {
        report(targets)
        nextReport = clock.now + .seconds(10)
      }
    }
    report(targets)
  }

  private static func report(_ targets: [any FuzzTarget]) {
    for target in targets { print("\(type(of: target).name): \(target.report)") }
  }
}

private struct Options {
  var iterations = Int.max
  var time = Duration.seconds(Int64.max)
  var targets: [any FuzzTarget.Type] = []
  var seed = UInt64.random(in: 0...UInt64(UInt32.max))

  init?(_ arguments: ArraySlice<String>) {
    var rest = arguments
    while let name = rest.popFirst() {
      if let target = Fuzz.targets.first(where: { $0.name == name }) {
        targets.append(target)
        continue
      }
      guard let value = rest.popFirst().flatMap(UInt64.init) else { return nil }
      switch name {
      case "--iterations": iterations = Int(clamping: value)
      case "--seconds": time = .seconds(Int64(clamping: value))
      case "--seed": seed = value
      default: return nil
      }
    }
    if targets.isEmpty { targets = Fuzz.targets }
  }
}
