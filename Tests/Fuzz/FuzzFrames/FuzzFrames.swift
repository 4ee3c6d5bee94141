// SPDX-License-Identifier: Apache-2.0

import Foundation
import FrameFuzzer
import WireTranscripts

/// Feeds changed conversations to both ends of the wire until a law breaks, a bound is reached, or it is stopped.
@main
struct FuzzFrames {
  static let usage = """
    usage: fuzz-frames [--iterations N] [--seconds N] [--seed N]

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
    let corpus = try GoldenTranscripts.all().map { Transcript($0.entries) }
    var fuzzer = FrameFuzzer(corpus: corpus, seed: options.seed)
    let clock = ContinuousClock()
    let start = clock.now
    var nextReport = start + .seconds(10)
    while fuzzer.coverage.iterations < options.iterations {
      try fuzzer.iterate()
      guard fuzzer.coverage.iterations.isMultiple(of: 256) else { continue }
      let now = clock.now
      if now - start >= options.time { break }
      if now >= nextReport {
        report(fuzzer.coverage)
        nextReport = now + .seconds(10)
      }
    }
    report(fuzzer.coverage)
    for (name, count) in fuzzer.coverage.violations.sorted(by: { $0.key < $1.key }) {
      print("  \(name): \(count)")
    }
  }

  private static func report(_ coverage: FrameFuzzer.Coverage) {
    print(
      "\(coverage.iterations) conversations, \(coverage.frames) frames, "
        + "\(coverage.messages) messages, \(coverage.violations.values.reduce(0, +)) violations")
  }
}

private struct Options {
  var iterations = Int.max
  var time = Duration.seconds(Int64.max)
  var seed = UInt64.random(in: 0...UInt64(UInt32.max))

  init?(_ arguments: ArraySlice<String>) {
    var rest = arguments
    while let name = rest.popFirst() {
      guard let value = rest.popFirst().flatMap(UInt64.init) else { return nil }
      switch name {
      case "--iterations": iterations = Int(clamping: value)
      case "--seconds": time = .seconds(Int64(clamping: value))
      case "--seed": seed = value
      default: return nil
      }
    }
  }
}
