// SPDX-License-Identifier: Apache-2.0

import Seeded
import Testing

@testable import HostPools

struct PoolScalerTests {
  /// Looks that are all the same.
  struct Case: Sendable {
    var name: String
    /// Percent of one core.
    var load: Int
    var processes = 1
    var streams = 100
    var elapsed = 1_000_000
    /// The look that has an answer, and the answer.
    var at: Int?
    var advice = PoolScaler.Advice.nothing
  }

  @Test(arguments: [
    Case(name: "70 % are not too much", load: 70),
    Case(name: "more than 70 % are", load: 71, at: 3, advice: .grow),
    Case(name: "of all processes", load: 140, processes: 2),
    Case(name: "of all processes, more", load: 141, processes: 2, at: 3, advice: .grow),
    Case(name: "no more than cores", load: 400, processes: 4),
    Case(name: "one stream cannot be shared out", load: 100, streams: 1),
    Case(name: "two can", load: 100, streams: 2, at: 3, advice: .grow),
    Case(name: "late looks are no load", load: 70, elapsed: 3_000_000),
    Case(name: "early looks hide none", load: 71, elapsed: 100_000, at: 3, advice: .grow),
    Case(name: "the last one stays", load: 0, processes: 1),
    Case(name: "nothing to do", load: 0, processes: 2, at: 60, advice: .shrink),
    Case(name: "fits in one", load: 39, processes: 2, at: 60, advice: .shrink),
    Case(name: "does not quite fit in one", load: 40, processes: 2),
    Case(name: "fits in three", load: 119, processes: 4, at: 60, advice: .shrink),
    Case(name: "does not quite fit in three", load: 120, processes: 4),
    Case(
      name: "streams that wait hold nothing up", load: 1, processes: 2, streams: 500, at: 60,
      advice: .shrink),
  ])
  func `the rule`(_ row: Case) {
    var scaler = PoolScaler(most: 4)
    for number in 1...100 {
      let advice = scaler.looked(
        .init(
          processes: row.processes, cpu: row.load * (row.elapsed / 100), elapsed: row.elapsed,
          streams: row.streams))
      guard number != row.at else { return #expect(advice == row.advice, "\(row.name)") }
      #expect(advice == .nothing, "\(row.name), look \(number)")
    }
    #expect(row.at == nil, "\(row.name)")
  }

  private func look(_ load: Int, processes: Int = 1, streams: Int = 9) -> PoolScaler.Look {
    .init(processes: processes, cpu: load * 10_000, streams: streams)
  }

  @Test func `a quiet look between begins the count anew`() {
    var scaler = PoolScaler(most: 4)
    for load in [90, 90, 50, 90, 90] {
      let advice = scaler.looked(look(load))
      #expect(advice == .nothing)
    }
    let advice = scaler.looked(look(90))
    #expect(advice == .grow)
  }

  @Test func `so does a busy one among idle ones, and one that was not possible`() {
    var scaler = PoolScaler(most: 4)
    for number in 1...177 {
      if number == 119 { scaler.reset() }
      let advice = scaler.looked(look(number == 59 ? 80 : 0, processes: 2))
      #expect(advice == .nothing)
    }
    let advice = scaler.looked(look(0, processes: 2))
    #expect(advice == .shrink)
  }

  @Test func `looks at another number of processes are no continuation`() {
    var scaler = PoolScaler(most: 4)
    for processes in [1, 1, 2, 2] {
      let advice = scaler.looked(look(200, processes: processes))
      #expect(advice == .nothing)
    }
    let advice = scaler.looked(look(200, processes: 2))
    #expect(advice == .grow)
  }

  @Test func `streams that were seen at one of the busy looks are enough`() {
    var scaler = PoolScaler(most: 4)
    for streams in [0, 2] {
      let advice = scaler.looked(look(90, streams: streams))
      #expect(advice == .nothing)
    }
    let advice = scaler.looked(look(90, streams: 0))
    #expect(advice == .grow)
  }

  /// A load that wanders: the answers keep the bounds and never contradict one another soon after.
  @Test(arguments: 0..<50 as Range<UInt64>)
  func `a random walk of the load makes nothing flap`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    var scaler = PoolScaler(most: 8)
    var (processes, load) = (1, 50)
    var last: (look: Int, advice: PoolScaler.Advice)?
    var changes = 0
    for number in 1...20_000 {
      load = min(900, max(0, load + Int.random(in: -15...15, using: &random)))
      let used = min(load, 100 * processes)
      let advice = scaler.looked(look(used, processes: processes, streams: 99))
      switch advice {
      case .nothing: continue
      case .grow: processes += 1
      case .shrink: processes -= 1
      }
      changes += 1
      #expect((1...8).contains(processes))
      let wait = advice == .grow ? 3 : 60
      if let last { #expect(number - last.look >= wait) }
      // Neither answer is the cause of the other: there must have been a change of the load between them.
      if advice == .grow { #expect(used > 70 * (processes - 1)) }
      if advice == .shrink { #expect(used < 40 * processes) }
      last = (number, advice)
    }
    #expect(changes > 0)
  }

  @Test(arguments: 0...800)
  func `a steady load is settled once`(load: Int) {
    for start in 1...8 {
      var scaler = PoolScaler(most: 8)
      var processes = start
      var advices: Set<PoolScaler.Advice> = []
      for _ in 1...600 {
        let advice = scaler.looked(
          look(min(load, 100 * processes), processes: processes, streams: 99))
        if advice != .nothing { advices.insert(advice) }
        processes += advice == .grow ? 1 : advice == .shrink ? -1 : 0
      }
      #expect(advices.count < 2, "from \(start)")
    }
  }
}

struct CPUMeterTests {
  @Test func `what is used between looks counts; starts and ends do not`() {
    var meter = CPUMeter()
    let steps: [([UInt64: Int], Int)] = [
      ([1: 500], 0), ([1: 700], 200), ([1: 800, 2: 90], 100), ([1: 800, 2: 190], 100),
      ([2: 200], 10), ([3: 40], 0), ([:], 0), ([3: 50], 0), ([3: 45], 0),
    ]
    for (totals, used) in steps {
      let answer = meter.used(totals)
      #expect(answer == used)
    }
  }
}
