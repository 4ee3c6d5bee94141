// SPDX-License-Identifier: Apache-2.0

import Fuzzing
import PluginProtocol
package import WireTranscripts

/// Plays the golden transcripts to one of the two ends, with the peer's bytes changed, cut and mixed at random.
///
/// Nothing that a peer can send may trap, or get the receiver to keep more than its limits say.
package struct FrameFuzzer: FuzzTarget {
  /// What a run met: that it meets everything shows that it looks in the right places.
  package struct Coverage: Sendable {
    package var iterations = 0
    package var frames = 0
    package var messages = 0
    package var violations: [String: Int] = [:]
  }

  private let corpus: [Transcript]
  private var seed: UInt64
  package private(set) var coverage = Coverage()

  /// - Parameters:
  ///   - corpus: what is changed.
  ///   - seed: of the first iteration; each has the next.
  package init(corpus: [Transcript], seed: UInt64) {
    self.corpus = corpus
    self.seed = seed
  }

  /// One conversation.
  package mutating func iterate() throws {
    var random = ByteMutator(seed: seed)
    let transcript = corpus[random.below(corpus.count)]
    let role: DataConnection.Role = random.chance(50) ? .host : .plugin
    var receiver = FuzzedEnd(role: role)
    for entry in transcript.seen(by: role) {
      if entry.direction.sender == role {
        receiver.say(entry)
      } else {
        var bytes = entry.bytes
        random.change(&bytes)
        if random.chance(3) { bytes += random.frame() }
        for piece in random.pieces(of: bytes) { receiver.hear(piece, entry.link) }
        if let law = receiver.broken { throw BrokenLaw(target: Self.name, seed: seed, law: law) }
      }
      if receiver.violation != nil { break }
    }
    coverage.iterations += 1
    coverage.frames += receiver.frames
    coverage.messages += receiver.messages
    if let violation = receiver.violation {
      coverage.violations[violation.rawValue, default: 0] += 1
    }
    seed &+= 1
  }
}

extension FrameFuzzer {
  package static let name = "frames"

  package init(seed: UInt64) throws {
    self.init(corpus: try GoldenTranscripts.all().map { Transcript($0.entries) }, seed: seed)
  }

  package var report: String {
    "\(coverage.iterations) conversations, \(coverage.frames) frames, \(coverage.messages) messages, "
      + "\(coverage.violations.values.reduce(0, +)) violations of \(coverage.violations.count) kinds"
  }
}

/// The end that is played to.
private struct FuzzedEnd {
  private let role: DataConnection.Role
  private var end: WireEnd
  private var pending: [WireLink: [UInt8]] = [:]
  private(set) var frames = 0
  private(set) var messages = 0
  private(set) var violation: ProtocolViolation?
  private(set) var broken: String?

  init(role: DataConnection.Role) {
    self.role = role
    end = WireEnd(role: role)
  }

  /// Our own frame, if the conversation still allows it.
  mutating func say(_ entry: Transcript.Entry) {
    var bytes = entry.bytes[...]
    guard entry.violation == nil, let frames = try? end.decoder(entry.link).frames(in: &bytes)
    else { return }
    for frame in frames { try? end.sent(entry.link, frame) }
  }

  mutating func hear(_ bytes: [UInt8], _ link: WireLink) {
    guard violation == nil else { return }
    var rest = (pending[link] ?? []) + bytes
    let decoder = end.decoder(link)
    do throws(ProtocolViolation) {
      var slice = rest[...]
      let found = try decoder.frames(in: &slice)
      rest = Array(slice)
      for frame in found { try hear(frame, link) }
    } catch {
      violation = error
    }
    pending[link] = rest
    let limit = FrameHeader.size + Int(ConnectionLimits.controlFrame)
    if violation == nil, rest.count > limit { broken = "more is kept than a frame may have" }
  }

  private mutating func hear(_ frame: WireFrame, _ link: WireLink) throws(ProtocolViolation) {
    frames += 1
    // Every member of what was decoded is looked at.
    if frame.messageText != nil { messages += 1 }
    if case .violation(let violation) = end.received(link, frame) { throw violation }
    if (end.data?.sendable(frame.header.stream) ?? 0) < 0 { broken = "a window is negative" }
  }
}
