// SPDX-License-Identifier: Apache-2.0

import Fuzzing
import HostHTTP

/// What a client or an upstream may send over HTTP/1: heads, bodies, chunks.
///
/// Nothing of it may trap; how it is cut changes nothing; what is kept is bounded; and what is taken means the same to
/// another reader.
package struct HTTPFuzzer: FuzzTarget {
  package static let name = "http"

  package private(set) var iterations = 0
  package private(set) var messages = 0
  package private(set) var refusals: [String: Int] = [:]
  private var seed: UInt64
  private let limits: HeadLimits

  package init(seed: UInt64) {
    self.seed = seed
    var limits = HeadLimits()
    limits.head = 400
    limits.fields = 8
    limits.target = 60
    limits.chunkExtensions = 30
    limits.trailers = 60
    self.limits = limits
  }

  package var report: String {
    "\(iterations) inputs, \(messages) messages, refused for \(refusals.count) reasons"
  }

  package mutating func iterate() throws {
    let isRequest = seed % 2 == 0
    var mutator = TextMutator(
      seed: seed, words: HTTPCorpus.words,
      corpus: isRequest ? HTTPCorpus.requests : HTTPCorpus.responses)
    let input = mutator.text(changes: 4)
    let toHead = !isRequest && mutator.below(8) == 0
    func decoded(_ pieces: [ArraySlice<UInt8>]) -> DecodedMessages {
      isRequest
        ? DecodedMessages(requests: pieces, limits)
        : DecodedMessages(responses: pieces, toHead: toHead, limits)
    }
    let whole = decoded([input[...]])
    try check(decoded(mutator.pieces(of: input)) == whole, "cut in pieces it is another", input)
    let single = decoded(input.indices.map { input[$0...$0] })
    try check(single == whole, "byte by byte it is another", input)
    try check(single.kept <= limits.head, "more is kept than a head may have", input)
    try compare(whole, input, isRequest: isRequest, toHead: toHead)
    iterations += 1
    messages += whole.messages.count
    if let refusal = whole.refusal { refusals[refusal.rawValue, default: 0] += 1 }
    seed &+= 1
  }

  /// The naive reader's messages are those of the decoder, as far as this took them.
  private func compare(
    _ whole: DecodedMessages, _ input: [UInt8], isRequest: Bool, toHead: Bool
  ) throws {
    var naive = NaiveReader(input)
    for message in whole.messages {
      let other = naive.next(endsWithInput: !isRequest) { start in
        isRequest || !toHead && Self.hasBody(start)
      }
      guard var other else { throw broken("to another reader it is no message", input) }
      try check(other.start == message.start, "another reader sees another first line", input)
      try check(other.fields == message.fields, "another reader sees other fields", input)
      if whole.refusal != nil, message == whole.messages.last {
        // Refused within its body: what was taken of it is the beginning of what the other sees.
        other.body = Array(other.body.prefix(message.body.count))
        other.isWhole = message.isWhole
      }
      try check(other.body == message.body, "another reader sees another body", input)
      try check(other.isWhole || !message.isWhole, "another reader misses an end", input)
    }
  }

  /// By the status of a response.
  private static func hasBody(_ start: [UInt8]) -> Bool {
    let status = start.dropFirst(9).prefix(3)
    return status.first != UInt8(ascii: "1")
      && !["204", "304"].contains(String(decoding: status, as: UTF8.self))
  }

  private func check(_ holds: Bool, _ law: String, _ input: [UInt8]) throws {
    if !holds { throw broken(law, input) }
  }

  private func broken(_ law: String, _ input: [UInt8]) -> BrokenLaw {
    let shown = String(String.UnicodeScalarView(input.map { Unicode.Scalar($0) }))
    return BrokenLaw(target: Self.name, seed: seed, law: "\(law): \(shown.debugDescription)")
  }
}
