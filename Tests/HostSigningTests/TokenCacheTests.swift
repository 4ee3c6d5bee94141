// SPDX-License-Identifier: Apache-2.0

import HostSigning
import Seeded
import Testing

private struct Refusal: Error, Equatable { var number = 0 }
private typealias Cache = TokenCache<String, Int, Refusal>

/// What a cache said, without what no test is about.
private enum Said: Equatable {
  case use(Int, fetch: Bool)
  case wait(fetch: Bool)
  case fail(Refusal)

  init(_ answer: Cache.OnAsk) {
    switch answer {
    case .use(let token, let fetch): self = .use(token.value, fetch: fetch)
    case .wait(let fetch): self = .wait(fetch: fetch)
    case .fail(let refusal): self = .fail(refusal)
    }
  }
}

struct TokenCacheTests {
  private static let second: UInt64 = 1_000_000_000
  private var cache = Cache()
  private var lastWaiter: UInt64 = 0

  /// - Parameter now: seconds.
  private mutating func ask(_ key: String = "k", at now: Double) -> Said {
    lastWaiter += 1
    return Said(cache.ask(key, waiter: lastWaiter, now: Self.time(now)))
  }

  private mutating func fetched(
    _ value: Int, for life: Double = 3600, key: String = "k", at now: Double
  ) -> (token: Cache.Token, waiters: [UInt64]) {
    cache.fetched(key, value, lifetime: Self.time(life), now: Self.time(now))
  }

  private mutating func failed(_ number: Int = 0, at now: Double) -> [UInt64] {
    cache.failed("k", Refusal(number: number), now: Self.time(now))
  }

  private static func time(_ seconds: Double) -> UInt64 { UInt64(seconds * Double(second)) }

  @Test mutating func `who comes while a fetch is under way waits for it`() {
    #expect(ask(at: 0) == .wait(fetch: true))
    #expect(ask(at: 0) == .wait(fetch: false))
    #expect(ask(at: 1) == .wait(fetch: false))
    #expect(fetched(7, at: 2).waiters == [1, 2, 3])
    #expect(ask(at: 2) == .use(7, fetch: false))
    #expect(ask("other", at: 2) == .wait(fetch: true), "keys are apart")
  }

  @Test mutating func `the next one is fetched ahead of the end, once, and nobody waits`() {
    #expect(ask(at: 0) == .wait(fetch: true))
    // Five minutes ahead of an hour's end.
    _ = fetched(1, at: 0)
    #expect(ask(at: 3299) == .use(1, fetch: false))
    #expect(ask(at: 3300) == .use(1, fetch: true))
    #expect(ask(at: 3301) == .use(1, fetch: false))
    #expect(fetched(2, for: 100, at: 3302).waiters == [])
    // A fifth of a short life.
    #expect(ask(at: 3381) == .use(2, fetch: false))
    #expect(ask(at: 3382) == .use(2, fetch: true))
  }

  @Test mutating func `what is over is not used`() {
    _ = ask(at: 0)
    let token = fetched(1, at: 0).token
    #expect(token.endsAt == 3590 * Self.second, "what is under way at the end still arrives")
    #expect(ask(at: 3590) == .wait(fetch: true))
    #expect(fetched(2, for: 1, at: 3591).token.endsAt == Self.time(3591.9))
  }

  @Test mutating func `a refresh that fails leaves the old one to its end`() {
    _ = ask(at: 0)
    _ = fetched(1, for: 100, at: 0)
    #expect(ask(at: 80) == .use(1, fetch: true))
    #expect(failed(1, at: 81) == [])
    #expect(ask(at: 81.9) == .use(1, fetch: false), "it backs off")
    #expect(ask(at: 82) == .use(1, fetch: true))
    #expect(failed(2, at: 82) == [])
    #expect(ask(at: 83.9) == .use(1, fetch: false), "longer each time")
    #expect(ask(at: 84) == .use(1, fetch: true))
    #expect(ask(at: 91) == .wait(fetch: false), "it is over, and the fetch is still under way")
    #expect(failed(3, at: 92) == [lastWaiter])
    #expect(ask(at: 95.9) == .fail(Refusal(number: 3)))
    #expect(ask(at: 96) == .wait(fetch: true))
    #expect(fetched(2, at: 96).waiters == [lastWaiter])
    #expect(ask(at: 97) == .use(2, fetch: false))
  }

  @Test mutating func `failures back off from one second to half a minute`() {
    var now = 0.0
    for pause in [1.0, 2, 4, 8, 16, 30, 30, 30] {
      #expect(ask(at: now) == .wait(fetch: true))
      #expect(failed(at: now) == [lastWaiter])
      #expect(ask(at: now + pause - 0.001) == .fail(Refusal()))
      now += pause
    }
    _ = ask(at: now)
    _ = fetched(1, for: 10, at: now)
    #expect(ask(at: now + 8) == .use(1, fetch: true))
    _ = failed(at: now + 8)
    #expect(ask(at: now + 8.99) == .use(1, fetch: false))
    #expect(ask(at: now + 9) == .wait(fetch: true), "and begin anew after one that went well")
  }

  @Test mutating func `what is not accepted is replaced once`() {
    _ = ask(at: 0)
    let first = fetched(1, at: 0).token
    cache.rejected("k", serial: first.serial + 1)
    cache.rejected("other", serial: first.serial)
    #expect(ask(at: 1) == .use(1, fetch: false), "another one was meant")
    cache.rejected("k", serial: first.serial)
    #expect(ask(at: 2) == .wait(fetch: true))
    let second = fetched(2, at: 3).token
    cache.rejected("k", serial: second.serial)
    #expect(ask(at: 4) == .use(2, fetch: false), "it is not for its age")
    cache.rejected("k", serial: first.serial)
    #expect(ask(at: 5) == .use(2, fetch: false))
    #expect(ask(at: 3400) == .use(2, fetch: true))
    let third = fetched(3, at: 3401).token
    cache.rejected("k", serial: third.serial)
    #expect(ask(at: 3402) == .wait(fetch: true), "the next one has its own chance")
  }

  @Test mutating func `one that is rejected during its refresh waits for that`() {
    _ = ask(at: 0)
    let token = fetched(1, for: 100, at: 0).token
    #expect(ask(at: 85) == .use(1, fetch: true))
    cache.rejected("k", serial: token.serial)
    #expect(ask(at: 86) == .wait(fetch: false))
    #expect(fetched(2, at: 87).waiters == [lastWaiter])
  }

  @Test mutating func `those that were not used for longest make room`() {
    cache = Cache(capacity: 3)
    for (time, key) in [(0.0, "a"), (1, "b"), (2, "c")] {
      _ = ask(key, at: time)
      _ = fetched(1, key: key, at: time)
    }
    #expect(ask("a", at: 3) == .use(1, fetch: false))
    #expect(ask("d", at: 4) == .wait(fetch: true))
    #expect(cache.count == 3)
    #expect(ask("a", at: 5) == .use(1, fetch: false))
    #expect(ask("c", at: 5) == .use(1, fetch: false))
    #expect(ask("b", at: 6) == .wait(fetch: true), "b had to go")
    #expect(cache.isFetching("d"), "what is being fetched stays")
  }

  @Test mutating func `the end tells all who wait`() {
    _ = (ask("a", at: 0), ask("b", at: 0), ask("b", at: 0))
    #expect(cache.stop().sorted() == [1, 2, 3])
    #expect(cache.count == 0)
  }

  /// Whatever happens in whatever order: one fetch at a time, nobody is forgotten, nothing is used beyond its end.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `a walk keeps the laws`(_ seed: UInt64) {
    var random = SplitMix(seed: seed)
    var cache = Cache(capacity: 4)
    var fetching: Set<String> = []
    var waiting: [String: Set<UInt64>] = [:]
    var ends: [Int: UInt64] = [:]
    var serials: [String: UInt64] = [:]
    var now: UInt64 = 0
    for step in 0..<2000 {
      now += UInt64.random(in: 0...3 * Self.second, using: &random)
      let key = ["a", "b", "c"].randomElement(using: &random) ?? "a"
      switch Int.random(in: 0..<6, using: &random) {
      case 0 where fetching.contains(key):
        let life = UInt64.random(in: 1...60, using: &random) * Self.second
        let (token, waiters) = cache.fetched(key, step, lifetime: life, now: now)
        #expect(Set(waiters) == waiting[key] ?? [])
        #expect(token.staleAt <= token.endsAt && token.endsAt <= now + life)
        waiting[key] = nil
        fetching.remove(key)
        ends[step] = now + life
        serials[key] = token.serial
      case 1 where fetching.contains(key):
        #expect(Set(cache.failed(key, Refusal(), now: now)) == waiting[key] ?? [])
        waiting[key] = nil
        fetching.remove(key)
      case 2: cache.rejected(key, serial: serials[key] ?? 0)
      default:
        let waiter = UInt64(step)
        switch cache.ask(key, waiter: waiter, now: now) {
        case .use(let token, let fetch):
          #expect(now < ends[token.value] ?? 0)
          if fetch { #expect(fetching.insert(key).inserted) }
        case .wait(let fetch):
          waiting[key, default: []].insert(waiter)
          if fetch { #expect(fetching.insert(key).inserted) }
          #expect(fetching.contains(key))
        case .fail: #expect(!fetching.contains(key))
        }
      }
    }
    #expect(Set(cache.stop()) == waiting.values.reduce(into: []) { $0.formUnion($1) })
  }
}
