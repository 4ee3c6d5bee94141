// SPDX-License-Identifier: Apache-2.0

import Fuzzing
package import HostTLS
import Seeded

/// What a client or a server sends over TLS, damaged at some stage of the connection: the other end breaks off with one
/// error or waits, and nothing that is not authentic ever reaches the handlers behind it.
package struct TLSFuzzer: FuzzTarget {
  package static let name = "tls"

  /// How far the connection comes before the damage.
  package enum Stage: CaseIterable, Sendable { case noise, hello, finished, open }

  /// Who is sent what was damaged.
  package enum Receiver: CaseIterable, Sendable { case client, server }

  /// What the client speaks.
  package enum Version: CaseIterable, Sendable { case tls12, tls13 }

  /// What is done to whom.
  package struct Case: Hashable, Sendable {
    package let receiver: Receiver
    package let version: Version
    package let stage: Stage

    package init(_ receiver: Receiver, _ version: Version, _ stage: Stage) {
      self.receiver = receiver
      self.version = version
      self.stage = stage
    }
  }

  package private(set) var iterations = 0
  /// Connections that were broken off.
  package private(set) var failures: [Case: Int] = [:]
  package private(set) var codes: [TLSError.Code: Int] = [:]
  private let contexts: TLSContexts
  private var seed: UInt64

  package init(seed: UInt64) throws {
    contexts = try TLSContexts()
    self.seed = seed
  }

  package var report: String {
    "\(iterations) connections, \(failures.values.reduce(0, +)) of them broken off for \(codes.count) reasons"
  }

  package mutating func iterate() throws {
    var random = SplitMix(seed: seed)
    let all = Stage.allCases
    let what = Case(
      Bool.random(using: &random) ? .client : .server,
      Bool.random(using: &random) ? .tls12 : .tls13,
      all[Int.random(in: all.indices, using: &random)])
    let client = try contexts.client(what.version)
    let server = try contexts.server()
    let (sender, receiver) = what.receiver == .server ? (client, server) : (server, client)
    let message = Self.noise(300, &random)
    let bad = try damaged(from: sender, to: receiver, message, what.stage, &random)
    var rest = bad[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 1...rest.count, using: &random))
      rest = rest.dropFirst(piece.count)
      try receiver.receive(piece)
    }
    let answer = try receiver.outgoing()
    // An alert, or an answer to a hello that is still one; never more than that.
    try check(answer.count < 8192, "the answer has \(answer.count) bytes", what)
    // What is told of the damage must not trap either.
    try sender.receive(answer)
    let isOver = !receiver.isActive
    try receiver.leave()
    try sender.leave()
    try check(message.starts(with: receiver.received), "it received what was not sent", what)
    if what.stage == .noise {
      try check(receiver.received.isEmpty, "noise was received", what)
      try check(answer.count < 100, "noise was answered", what)
    }
    if let code = receiver.errors.lazy.compactMap({ ($0 as? TLSError)?.code }).first {
      codes[code, default: 0] += 1
      if isOver { failures[what, default: 0] += 1 }
    }
    try check(receiver.errors.count <= 1, "it failed more than once: \(receiver.errors)", what)
    try check(isOver == (receiver.errors.count == 1), "an error and the end come together", what)
    iterations += 1
    seed &+= 1
  }

  /// What the sender says at the stage, not as it said it.
  private func damaged(
    from sender: TLSEnd, to receiver: TLSEnd, _ message: [UInt8], _ stage: Stage,
    _ random: inout SplitMix
  ) throws -> [UInt8] {
    if stage == .noise {
      _ = try receiver.outgoing()
      var bytes = Self.noise(Int.random(in: 5...20_000, using: &random), &random)
      // Half of them look like a handshake in their first bytes.
      if Bool.random(using: &random) { bytes.replaceSubrange(0..<3, with: [22, 3, 3]) }
      return bytes
    }
    // A server has nothing to say before the client's hello.
    try sender.receive(receiver.outgoing())
    let rounds = [.hello: 0, .finished: 1][stage] ?? 3
    for _ in 0..<rounds {
      try receiver.receive(sender.outgoing())
      try sender.receive(receiver.outgoing())
    }
    if stage != .hello { sender.send(message) }
    let good = try sender.outgoing()
    return Self.damage(good, &random)
  }

  private static func noise(_ count: Int, _ random: inout SplitMix) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
  }

  /// Changes, cuts, doubles, or adds; always at least one byte is not as it was.
  private static func damage(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
    var result = bytes
    repeat {
      for _ in 0...Int.random(in: 0...2, using: &random) {
        if result.isEmpty { result = [0] }
        let place = Int.random(in: result.indices, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0, 1: result[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 2: result[place] = [0, 1, 127, 255][Int.random(in: 0..<4, using: &random)]
        case 3: result.removeSubrange(place..<min(result.count, place + 16))
        case 4:
          let part = result[place..<min(result.count, place + 64)]
          result.insert(contentsOf: part, at: place)
        default: result.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
        }
      }
    } while result == bytes
    return result
  }

  private func check(_ holds: Bool, _ law: String, _ what: Case) throws {
    if !holds { throw BrokenLaw(target: Self.name, seed: seed, law: "\(law) (\(what))") }
  }
}
