// SPDX-License-Identifier: Apache-2.0

import Seeded
import Testing

@testable import HostPools

/// Random events, with a naive account of who has what beside the pool.
private struct Walk {
  private struct Connection {
    let origin: Origin
    var owner: UInt64?
    var isConnecting = true
    var capacity = 1
    var carries: Set<UInt64> = []
    var served = 0
  }

  private static let origins: [Origin] = ["a", "b", "c"]
  private let limits: UpstreamPool.Limits
  private var pool: UpstreamPool
  private var random: SplitMix
  private var connections: [UInt64: Connection] = [:]
  private var waiting: [Origin: [UInt64]] = [:]
  private var actions: [UpstreamPool.Action] = []
  private var lastRequest: UInt64 = 0
  private var now: UInt64 = 0
  private(set) var served = 0

  init(seed: UInt64) {
    random = SplitMix(seed: seed)
    var limits = UpstreamPool.Limits()
    limits.connections = Int.random(in: 0...4, using: &random)
    if limits.connections == 0 { limits.connections = nil }
    limits.waiting = Int.random(in: 0...6, using: &random)
    limits.idle = Int.random(in: 0...3, using: &random)
    limits.idleTime = UInt64.random(in: 1...50, using: &random)
    limits.requests = Int.random(in: 1...12, using: &random)
    self.limits = limits
    pool = UpstreamPool(limits: limits)
  }

  mutating func step() {
    now += UInt64.random(in: 0...9, using: &random)
    let origin = Self.origins.randomElement(using: &random)!
    let connection = connections.keys.sorted().randomElement(using: &random)
    switch Int.random(in: 0...11, using: &random) {
    case 0...3: request(origin)
    case 4, 5: if let connection { connect(connection) }
    case 6, 7: if let connection { release(connection) }
    case 8: if let connection { close(connection) }
    case 9:
      if let connection, let found = connections[connection], !found.isConnecting {
        let capacity = Int.random(in: 1...5, using: &random)
        // A capacity below what it carries holds only for what comes.
        connections[connection]?.capacity = max(capacity, found.carries.count)
        pool.capacityChanged(connection, to: capacity, &actions)
      }
    case 10:
      if Bool.random(using: &random) {
        pool.expire(now: now, &actions)
      } else if let connection {
        pool.retire(connection, &actions)
      }
    default:
      if let request = waiting[origin]?.randomElement(using: &random) {
        waiting[origin]?.removeAll { $0 == request }
        pool.cancel(request, to: origin)
      }
    }
    obey()
    check()
  }

  /// Everything ends: nobody is left behind.
  mutating func finish() {
    for _ in 0..<10_000 where !connections.isEmpty {
      let id = connections.keys.min()!
      if connections[id]!.isConnecting {
        connect(id)
      } else if !connections[id]!.carries.isEmpty {
        release(id)
      } else {
        close(id)
      }
      obey()
      check()
    }
    #expect(connections.isEmpty)
    #expect(!waiting.values.contains { !$0.isEmpty }, "requests wait for ever")
    #expect(pool.count == 0)
    #expect(pool.origins.isEmpty)
  }

  private mutating func request(_ origin: Origin) {
    lastRequest += 1
    let isFresh = Int.random(in: 0...7, using: &random) == 0
    let answer = pool.request(
      lastRequest, to: origin, isFresh: isFresh, mayBeShared: origin == "b", &actions)
    switch answer {
    case .use(let id): use(id, lastRequest)
    case .connect(let id): connections[id] = Connection(origin: origin, owner: lastRequest)
    case .wait: waiting[origin, default: []].append(lastRequest)
    case .refuse:
      #expect(waiting[origin, default: []].count >= limits.waiting, "refused before it is full")
    }
  }

  private mutating func connect(_ id: UInt64) {
    guard connections[id]!.isConnecting else { return }
    let capacity = connections[id]!.origin == "b" ? Int.random(in: 2...4, using: &random) : 1
    connections[id]!.isConnecting = false
    connections[id]!.capacity = capacity
    pool.connected(id, capacity: capacity, now: now, &actions)
  }

  private mutating func release(_ id: UInt64) {
    guard let request = connections[id]!.carries.min() else { return }
    connections[id]!.carries.remove(request)
    pool.released(id, now: now, &actions)
  }

  private mutating func close(_ id: UInt64) {
    connections[id] = nil
    pool.closed(id, &actions)
  }

  private mutating func use(_ id: UInt64, _ request: UInt64) {
    guard let connection = connections[id] else {
      Issue.record("\(request) gets a connection that is none")
      return
    }
    #expect(!connection.isConnecting)
    #expect(connection.carries.count < connection.capacity, "two requests in one place")
    connections[id]!.carries.insert(request)
    connections[id]!.served += 1
    #expect(connections[id]!.served <= limits.requests)
    served += 1
  }

  private mutating func obey() {
    let actions = actions
    self.actions.removeAll()
    for action in actions {
      switch action {
      case .use(let id, let request):
        if connections[id]?.owner == request {
          connections[id]?.owner = nil
        } else {
          let origin = connections[id]?.origin ?? "a"
          #expect(waiting[origin]?.first == request, "overtaken")
          waiting[origin]?.removeFirst()
        }
        use(id, request)
      case .connect(let id, let request):
        guard let origin = Self.origins.first(where: { waiting[$0]?.first == request }) else {
          Issue.record("\(request) was overtaken, or does not wait")
          continue
        }
        waiting[origin]?.removeFirst()
        connections[id] = Connection(origin: origin, owner: request)
      case .close(let id):
        #expect(connections[id]?.carries.isEmpty ?? false, "closed under a request")
        connections[id] = nil
      }
    }
  }

  private func check() {
    #expect(pool.count == connections.count)
    let idle = connections.values.filter { !$0.isConnecting && $0.carries.isEmpty }
    #expect(pool.idleCount == idle.count)
    #expect(pool.waitingCount == waiting.values.reduce(0) { $0 + $1.count })
    for origin in Self.origins {
      let count = connections.values.filter { $0.origin == origin }.count
      #expect(count <= limits.connections ?? .max)
      #expect(idle.filter { $0.origin == origin }.count <= limits.idle)
      if waiting[origin]?.isEmpty == false { #expect(count > 0, "nothing is waited for") }
    }
  }
}

struct UpstreamPoolWalkTests {
  @Test(arguments: 1...UInt64(300)) func `no connection carries too many, nobody is forgotten`(
    seed: UInt64
  ) {
    var walk = Walk(seed: seed)
    for _ in 0..<400 { walk.step() }
    walk.finish()
    #expect(walk.served > 0)
  }
}
