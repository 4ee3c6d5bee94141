// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Seeded
import Testing

@testable import HostExchange

struct ResponsePipelineTests {
  private func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

  @Test func `a copy never delays the client and its pieces grow while it is busy`() {
    var pipeline = ResponsePipeline(plan: .of { $0.copy = [0] }, below: 64)
    var actions: [ResponsePipeline.Action] = []
    pipeline.received(bytes("a"), &actions)
    #expect(actions == [.call(step: 0), .deliver(bytes("a"))])
    actions.removeAll()
    pipeline.received(bytes("b"), &actions)
    pipeline.received(bytes("c"), &actions)
    pipeline.sourceFinished(&actions)
    #expect(actions == [.deliver(bytes("b")), .deliver(bytes("c")), .end])
    #expect(!pipeline.isSettled)
    actions.removeAll()
    pipeline.replied(step: 0, output: ByteBuffer(), hold: 0, end: false, &actions)
    #expect(actions == [.call(step: 0)])
    #expect(pipeline.piece(for: 0) == .init(bytes: bytes("bc"), offset: 1, isLast: true))
    pipeline.replied(step: 0, output: ByteBuffer(), hold: 0, end: false, &actions)
    #expect(pipeline.isSettled)
  }

  @Test func `what a transformer holds is shown again before what is new`() {
    var pipeline = ResponsePipeline(plan: .of { $0.transform = [0] }, below: 64)
    var actions: [ResponsePipeline.Action] = []
    pipeline.received(bytes("abc"), &actions)
    #expect(actions == [.call(step: 0)])
    actions.removeAll()
    pipeline.replied(step: 0, output: bytes("A"), hold: 2, end: false, &actions)
    #expect(actions == [.deliver(bytes("A"))], "held bytes alone are not worth a call")
    actions.removeAll()
    pipeline.received(bytes("d"), &actions)
    #expect(actions == [.call(step: 0)])
    #expect(pipeline.piece(for: 0) == .init(bytes: bytes("bcd"), offset: 1, isLast: false))
    actions.removeAll()
    pipeline.sourceFinished(&actions)
    pipeline.replied(step: 0, output: bytes("BC"), hold: 1, end: false, &actions)
    #expect(actions == [.deliver(bytes("BC")), .call(step: 0)])
    #expect(pipeline.piece(for: 0) == .init(bytes: bytes("d"), offset: 3, isLast: true))
    actions.removeAll()
    pipeline.replied(step: 0, output: bytes("D"), hold: 0, end: false, &actions)
    #expect(actions == [.deliver(bytes("D")), .end])
  }

  @Test func `a transformer can end the body early`() {
    var pipeline = ResponsePipeline(
      plan: .of {
        $0.transform = [0]
        $0.copy = [1]
      }, below: 64)
    var actions: [ResponsePipeline.Action] = []
    pipeline.received(bytes("abc"), &actions)
    #expect(actions == [.call(step: 1), .call(step: 0)])
    actions.removeAll()
    pipeline.replied(step: 0, output: bytes("a"), hold: 0, end: true, &actions)
    #expect(actions == [.deliver(bytes("a")), .stopSource, .end])
    pipeline.received(bytes("ignored"), &actions)
    #expect(actions.count == 3)
    actions.removeAll()
    pipeline.replied(step: 1, output: ByteBuffer(), hold: 0, end: false, &actions)
    #expect(actions == [.call(step: 1)], "the copy below sees the end")
    pipeline.replied(step: 1, output: ByteBuffer(), hold: 0, end: false, &actions)
    #expect(pipeline.isSettled)
  }

  /// Two transformers and two copies, every timing of replies and pieces, with holds and failures of the open.
  @Test(arguments: 0..<300 as Range<UInt64>)
  func `every byte arrives once and in order, and every copy sees all`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let plan = Plan.of {
      $0.transform = [1, 3]
      $0.copy = [0, 2]
    }
    var pipeline = ResponsePipeline(plan: plan, below: 64)
    var actions: [ResponsePipeline.Action] = []
    var inFlight: Set<Int> = []
    var delivered = ""
    var seen: [Int: String] = [:]
    var source = ""
    var ended = false
    var isEnded = false
    let mayFail = seed % 3 == 0
    for round in 0..<10_000 {
      for action in actions {
        switch action {
        case .call(let step):
          #expect(inFlight.insert(step).inserted, "one piece at a time")
        case .deliver(let bytes):
          #expect(!ended)
          delivered += String(buffer: bytes)
        case .end: ended = true
        case .stopSource: Issue.record("nobody ended the body")
        }
      }
      actions.removeAll()
      if pipeline.isSettled { break }
      if random.next() % 3 == 0, !isEnded {
        if source.utf8.count > 400 {
          isEnded = true
          pipeline.sourceFinished(&actions)
        } else {
          let piece = "<\(round)>"
          source += piece
          pipeline.received(bytes(piece), &actions)
        }
        continue
      }
      guard let step = inFlight.sorted().randomElement(using: &random) else { continue }
      inFlight.remove(step)
      guard let piece = pipeline.piece(for: step) else {
        Issue.record("a call without a piece")
        continue
      }
      let text = String(buffer: piece.bytes)
      if plan.transform.contains(step) {
        if mayFail, random.next() % 20 == 0 {
          pipeline.passed(step: step, &actions)
          continue
        }
        let hold = piece.isLast ? 0 : Int(random.next() % UInt64(piece.bytes.readableBytes + 1))
        var output = piece.bytes
        output.moveWriterIndex(to: output.writerIndex - hold)
        pipeline.replied(step: step, output: output, hold: hold, end: false, &actions)
      } else {
        #expect(piece.offset == seen[step, default: ""].utf8.count)
        seen[step, default: ""] += text
        pipeline.replied(step: step, output: ByteBuffer(), hold: 0, end: false, &actions)
      }
    }
    #expect(ended)
    #expect(pipeline.isSettled)
    #expect(delivered == source)
    #expect(seen[0] == source)
    #expect(seen[2] == source)
  }
}
