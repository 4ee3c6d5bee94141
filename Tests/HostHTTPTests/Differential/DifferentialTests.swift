// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostHTTP
import NIOHTTP1
import Testing

/// Whatever we take as a message, llhttp takes as the same message, with the same beginning and end; what it takes and we
/// do not is strictness that we mean.
struct DifferentialTests {
  @Test func `requests are the same to llhttp`() {
    var stricter: [HTTPRefusal: String] = [:]
    for seed in 0..<UInt64(Random.rounds(2000)) {
      var generator = Generator(seed: seed)
      let text = generator.requests()
      let ours = Transcript(requests: [text[...]])
      let theirs = Oracle(requests: text)
      let shown = "seed \(seed): \(latin(text).debugDescription)"
      check(ours, theirs, shown)
      if let refusal = ours.refusal, theirs.error == nil { stricter[refusal] = shown }
    }
    for (refusal, shown) in stricter {
      #expect(Strictness.ofRequests[refusal] != nil, "\(refusal) is not meant: \(shown)")
    }
  }

  @Test func `responses are the same to llhttp`() {
    var stricter: [HTTPRefusal: String] = [:]
    for seed in 0..<UInt64(Random.rounds(2000)) {
      var generator = Generator(seed: ~seed)
      let toHead = generator.random.once(in: 4)
      let text = generator.response(toHead: toHead)
      let ours = Transcript(responses: [text[...]], toHead: [toHead], endOfFile: false)
      let theirs = Oracle(response: text, toHead: toHead)
      let shown = "seed \(seed), to HEAD \(toHead): \(latin(text).debugDescription)"
      check(ours, theirs, shown)
      if let refusal = ours.refusal, theirs.error == nil { stricter[refusal] = shown }
    }
    for (refusal, shown) in stricter {
      #expect(Strictness.ofResponses[refusal] != nil, "\(refusal) is not meant: \(shown)")
    }
  }

  private func check(_ ours: Transcript, _ theirs: Oracle, _ shown: String) {
    let ours = Leniency.withoutRestOfClosedConnection(ours, theirs)
    let isMeant = Leniency.explains(ours, theirs)
    if ours.refusal == nil, !isMeant {
      #expect(theirs.error == nil, "\(shown)")
      #expect(ours.messages.count == theirs.messages.count, "\(shown)")
    }
    for (index, message) in ours.messages.enumerated() {
      // Of a message that is cut by a refusal the oracle may have seen less.
      guard ours.refusal == nil || message.isWhole else { break }
      guard index < theirs.messages.count else {
        if !isMeant { Issue.record("llhttp has no message \(index): \(shown)") }
        break
      }
      let other = theirs.messages[index]
      #expect(Normal.start(message.start) == other.start, "\(shown)")
      #expect(message.fields.map(Normal.field) == other.fields, "\(shown)")
      #expect(message.body == other.body, "\(shown)")
      #expect(message.trailers?.map(Normal.field) == other.trailers, "\(shown)")
    }
  }
}

extension Transcript.Message {
  /// Its end was seen; of an informational response its head is all.
  var isWhole: Bool { trailers != nil || start.hasPrefix("1") }
}

/// How NIOHTTP1 shows what it has read, so that the same is equal.
private enum Normal {
  /// NIO has the registered phrase for a registered status, whatever came.
  static func start(_ start: String) -> String {
    guard start.first?.isNumber ?? false else { return repaired(start) }
    return "\(start.prefix(3)) \(start.suffix(6))"
  }

  static func field(_ field: Field) -> Field {
    Field(name: repaired(field.name), value: repaired(field.value))
  }

  /// NIO has Strings, in which bytes that are no UTF-8 are replaced.
  private static func repaired(_ text: String) -> String {
    String(decoding: bytes(text), as: UTF8.self)
  }
}

/// What we take and llhttp does not; there is no other difference.
private enum Leniency {
  static func explains(_ ours: Transcript, _ theirs: Oracle) -> Bool {
    isUnknownMethod(ours, theirs) || isTabBehindLength(theirs) || isUnfinished(ours, theirs)
  }

  /// llhttp has a table of methods; to us any token is one (RFC 9110, 9.1), and goes to the upstream as it came.
  private static func isUnknownMethod(_ ours: Transcript, _ theirs: Oracle) -> Bool {
    guard theirs.error == .invalidMethod else { return false }
    guard theirs.messages.count < ours.messages.count else { return ours.rest > 0 }
    let method = String(ours.messages[theirs.messages.count].start.prefix { $0 != " " })
    if case .RAW = HTTPMethod(rawValue: method) { return true }
    return false
  }

  /// A tab behind a length is white space like any other (RFC 9110, 5.6.3); llhttp knows spaces there only.
  private static func isTabBehindLength(_ theirs: Oracle) -> Bool {
    guard theirs.error == .invalidContentLength else { return false }
    return latin(theirs.text).lowercased().components(separatedBy: "\r\n").contains {
      $0.hasPrefix("content-length:") && $0.hasSuffix("\t")
    }
  }

  /// What the fields of a head mean is looked at when all of them are there, what a target is with its end; llhttp
  /// looks at them as they come, and refuses some bytes earlier.
  private static func isUnfinished(_ ours: Transcript, _ theirs: Oracle) -> Bool {
    ours.refusal == nil && ours.rest > 0 && ours.messages.count == theirs.messages.count
  }

  /// Behind the last message of a connection llhttp refuses all; our decoder leaves that to the connection, which stops
  /// to ask it.
  static func withoutRestOfClosedConnection(_ ours: Transcript, _ theirs: Oracle) -> Transcript {
    guard theirs.error == .closedConnection,
      let last = ours.messages.firstIndex(where: { !$0.keepsAlive && $0.isWhole }),
      theirs.messages.count == last + 1
    else { return ours }
    var ours = ours
    ours.messages.removeSubrange((last + 1)...)
    // What ends its connection is compared as whole, and what follows not at all.
    ours.refusal = .surplus
    return ours
  }
}

/// What llhttp takes and we refuse, with the reason.
enum Strictness {
  static let ofRequests: [HTTPRefusal: String] =
    ofBoth.merging(
      [
        .badMethod: "it skips any number of empty lines before a request, we one",
        .badRequestLine: "it skips more than one space before the target",
        .badTarget: "it takes * for other methods than OPTIONS",
        .bareLineFeed: "it skips line feeds before a request",
        .badHost: "it does not read Host",
        .duplicateHost: "it does not read Host",
        .missingHost: "it does not read Host",
        .badExpectation: "it does not read Expect",
      ],
      uniquingKeysWith: { first, _ in first })

  static let ofResponses: [HTTPRefusal: String] =
    ofBoth.merging(
      [
        .badStatusLine:
          "it takes control characters in a reason, and empty lines before the status",
        .bareLineFeed: "it skips line feeds before a response",
        .surplus: "it skips empty lines behind a response",
      ],
      uniquingKeysWith: { first, _ in first })

  private static let ofBoth: [HTTPRefusal: String] = [
    .bareCarriageReturn:
      "it skips CRs before a message and takes one in a reason for the line's end",
    .lengthTooLarge: "it counts up to 2^64 - 1",
    .badChunkExtension: "it takes an extension without a name",
    .forbiddenTrailer: "it does not look at what a trailer is",
    .badTransferCoding:
      "it ignores a coding that is empty, and reads a response with others to its end",
    .duplicateTransferCoding: "it takes the last of several",
    .transferCodingInOldVersion: "it does not look at the version",
    .unsupportedTransferCoding: "it takes chunked behind other codings, and leaves those to others",
  ]
}
