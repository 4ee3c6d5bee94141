// SPDX-License-Identifier: Apache-2.0

import LLM
import PII

/// A streamed answer in OpenAI's format: each of its texts goes through a ``Lane``, in place; what a lane still holds at
/// the end of its choice is said in an event of its own, in front of the one that ends it.
struct AnswerStream: Equatable, Sendable {
  /// Bytes that all lanes may hold: they are part of the checkpoint.
  static let mostHeld = 20 << 10
  private static let mostLanes = 64
  private static let longestHead = 1024

  private var framer = EventStreamFramer()
  private var lanes: [Lane] = []
  /// The members of a chunk in front of its choices, for events of our own.
  private var head: [UInt8] = []
  private var isCompletion = false

  /// What is to happen with a piece.
  struct Step {
    var splices: [Splice] = []
    /// The bytes up to here go on.
    var release = 0
    /// Why the stream cannot go on.
    var failure: String?
  }

  /// Looks at a piece: what was held back, and what came since.
  mutating func received(_ piece: RawSpan, isLast: Bool, _ work: inout AnswerWork) -> Step {
    var step = Step()
    while step.release < piece.byteCount, step.failure == nil {
      let before = framer
      let start = step.release
      if let found = framer.next(in: piece, from: start) {
        if found.frame == .event { event(start..<found.end, in: piece, &step, &work) }
        step.release = found.end
      } else if isLast {
        event(start..<piece.byteCount, in: piece, &step, &work)
        step.release = piece.byteCount
      } else {
        framer = before
        if piece.byteCount - start > EventStreamParser.defaultMaximumEventSize {
          step.failure = "an event of the answer is too long"
        }
        break
      }
    }
    if isLast, step.failure == nil {
      flush({ _ in true }, at: piece.byteCount, &step, &work)
      step.release = piece.byteCount
    }
    if lanes.reduce(0, { $0 + $1.held }) > Self.mostHeld || lanes.count > Self.mostLanes {
      step.failure = "too much of the answer has to wait"
    }
    // Where the answer goes on all the same, nothing of it is lost.
    if step.failure != nil { flush({ _ in true }, at: step.release, &step, &work) }
    return step
  }

  private mutating func event(
    _ range: Range<Int>, in piece: RawSpan, _ step: inout Step, _ work: inout AnswerWork
  ) {
    let event = ServerSentEvent(in: piece, range: range)
    switch event.payload {
    case .none: return
    case .lines(let bytes):
      // Nobody sends JSON over several lines: it is written again in one.
      let data = bytes.span.bytes
      var inner = Step()
      read(data, base: 0, at: 0, &inner, &work)
      guard !inner.splices.isEmpty else { return }
      let edited = Splice.apply(inner.splices.filter { $0.delete > 0 || $0.offset > 0 }, to: data)
      let front = inner.splices.filter { $0.delete == 0 && $0.offset == 0 }.flatMap(\.insert)
      let line = edited.filter { $0 != 0x0A && $0 != 0x0D }
      step.splices.append(
        Splice(
          offset: range.lowerBound, delete: range.count,
          insert: front + Array("data: ".utf8) + line + Array("\n\n".utf8)))
    case .line(let line):
      read(piece.extracting(line), base: line.lowerBound, at: range.lowerBound, &step, &work)
    }
  }

  private mutating func read(
    _ data: RawSpan, base: Int, at event: Int, _ step: inout Step, _ work: inout AnswerWork
  ) {
    if data.withUnsafeBytes({ $0.starts(with: "[DONE]".utf8) }) {
      return flush({ _ in true }, at: event, &step, &work)
    }
    guard let root = Self.root(of: data), let choices = try? root.member("choices", in: data)
    else {
      if work.sanitizes, !data.isEmpty { sanitizeOther(data, base: base, &step, &work) }
      return
    }
    noteHead(root, in: data)
    var edits: [Splice] = []
    var elements = JSONElements(of: choices)
    while let choice = try? elements.next(in: data) {
      let index = (try? choice.member("index", in: data))??.integer(in: data) ?? 0
      let texts = ChoiceTexts(choice, index: index, in: data)
      isCompletion = isCompletion || texts.isCompletion
      for text in texts.all {
        var content: [UInt8] = []
        text.node.appendString(in: data, to: &content)
        // With the choice's last chunk comes all that waited.
        let said = say(content, in: text.name, text.isJSON, isLast: texts.isOver, &work)
        guard said != content else { continue }
        edits.append(
          Splice(
            offset: base + text.node.start + 1, delete: text.node.range.count - 2,
            insert: JSONEscaping.escaped(said)))
      }
      if texts.isOver {
        flush({ $0.name.hasPrefix("\(index)/") }, at: event, &step, &work)
      }
    }
    step.splices += edits
  }

  /// The object of an event. Upstreams that cut their text between the bytes of a character send what is no JSON, strictly:
  /// it is read where it is an object from its first byte to its last.
  private static func root(of data: RawSpan) -> JSONNode? {
    if let root = try? JSONNode.validated(in: data) { return root.kind == .object ? root : nil }
    guard let root = try? JSONNode(scanning: data), root.kind == .object else { return nil }
    let isAll = data.extracting(root.end..<data.byteCount).withUnsafeBytes {
      $0.allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == 0x0A || $0 == 0x09 }
    }
    return isAll ? root : nil
  }

  /// An event that is no chunk, such as an error: all its strings, each for itself.
  private func sanitizeOther(
    _ data: RawSpan, base: Int, _ step: inout Step, _ work: inout AnswerWork
  ) {
    guard let root = Self.root(of: data) else {
      step.failure = "an event of the answer is no JSON"
      return
    }
    guard (try? root.member("error", in: data)) ?? nil != nil else {
      step.failure = "the answer is in another format than OpenAI's"
      return
    }
    step.splices += AnswerBody.splices(of: root, in: data, &work).map {
      Splice(offset: base + $0.offset, delete: $0.delete, insert: $0.insert)
    }
  }

  private mutating func say(
    _ text: [UInt8], in name: String, _ isJSON: Bool, isLast: Bool, _ work: inout AnswerWork
  ) -> [UInt8] {
    let place: Int
    if let known = lanes.firstIndex(where: { $0.name == name }) {
      place = known
    } else {
      place = lanes.count
      lanes.append(Lane(name: name, isJSON: isJSON))
    }
    let said = lanes[place].received(text, isLast: isLast, &work)
    if isLast { lanes.remove(at: place) }
    return said
  }

  /// Says what lanes hold, in events of their own, and ends them.
  private mutating func flush(
    _ isOver: (Lane) -> Bool, at offset: Int, _ step: inout Step, _ work: inout AnswerWork
  ) {
    var events: [UInt8] = []
    for index in lanes.indices where isOver(lanes[index]) {
      let said = lanes[index].received([], isLast: true, &work)
      if !said.isEmpty { events += event(saying: said, in: lanes[index].name) }
    }
    lanes.removeAll(where: isOver)
    if !events.isEmpty { step.splices.append(Splice(offset: offset, insert: events)) }
  }

  private func event(saying text: [UInt8], in lane: String) -> [UInt8] {
    let path = lane.split(separator: "/")
    let said = [0x22] + JSONEscaping.escaped(text) + [0x22]
    var body = Array("data: ".utf8) + (head.isEmpty ? [UInt8(ascii: "{")] : head)
    body += Array("\"choices\":[{\"index\":\(path[0]),".utf8)
    if isCompletion {
      body += Array("\"text\":".utf8) + said + Array(",\"logprobs\":null".utf8)
    } else if path[1] == "tool_calls" {
      body += Array(
        "\"delta\":{\"tool_calls\":[{\"index\":\(path[2]),\"function\":{\"arguments\":".utf8)
      body += said + Array("}}]}".utf8)
    } else if path[1] == "function_call" {
      body += Array("\"delta\":{\"function_call\":{\"arguments\":".utf8) + said + Array("}}".utf8)
    } else {
      body += Array("\"delta\":{\"\(path[1])\":".utf8) + said + Array("}".utf8)
    }
    return body + Array(",\"finish_reason\":null}]}\n\n".utf8)
  }

  private mutating func noteHead(_ root: JSONNode, in data: RawSpan) {
    guard head.isEmpty else { return }
    var members = JSONMembers(of: root)
    var text: [UInt8] = [UInt8(ascii: "{")]
    while let member = try? members.next(in: data) {
      guard let key = member.key.string(in: data),
        ["id", "object", "created", "model"].contains(key)
      else { continue }
      data.extracting(member.key.start..<member.value.end).withUnsafeBytes {
        text.append(contentsOf: $0)
      }
      text.append(UInt8(ascii: ","))
    }
    if text.count <= Self.longestHead { head = text }
  }
}

/// The texts of a choice of a chunk.
struct ChoiceTexts {
  private(set) var all: [(name: String, isJSON: Bool, node: JSONNode)] = []
  private(set) var isOver = false
  private(set) var isCompletion = false

  private static let contents: Set<String> = [
    "content", "refusal", "reasoning_content", "reasoning",
  ]

  init(_ choice: JSONNode, index: Int, in data: RawSpan) {
    var members = JSONMembers(of: choice)
    while let member = try? members.next(in: data) {
      let value = member.value
      if member.key.isString("delta", in: data) {
        readDelta(value, index, in: data)
      } else if member.key.isString("text", in: data), value.kind == .string {
        isCompletion = true
        all.append(("\(index)/text", false, value))
      } else if member.key.isString("finish_reason", in: data) {
        isOver = value.kind == .string
      }
    }
  }

  private mutating func readDelta(_ delta: JSONNode, _ index: Int, in data: RawSpan) {
    var members = JSONMembers(of: delta)
    while let member = try? members.next(in: data) {
      guard let key = member.key.string(in: data) else { continue }
      if Self.contents.contains(key), member.value.kind == .string {
        all.append(("\(index)/\(key)", false, member.value))
      } else if key == "function_call",
        let arguments = (try? member.value.member("arguments", in: data)) ?? nil,
        arguments.kind == .string
      {
        all.append(("\(index)/function_call", true, arguments))
      } else if key == "tool_calls" {
        readCalls(member.value, index, in: data)
      }
    }
  }

  private mutating func readCalls(_ calls: JSONNode, _ index: Int, in data: RawSpan) {
    var elements = JSONElements(of: calls)
    while let call = try? elements.next(in: data) {
      let number = (try? call.member("index", in: data))??.integer(in: data) ?? 0
      let function = (try? call.member("function", in: data)) ?? nil
      guard let arguments = (try? function?.member("arguments", in: data)) ?? nil,
        arguments.kind == .string
      else { continue }
      all.append(("\(index)/tool_calls/\(number)", true, arguments))
    }
  }
}

extension AnswerStream: CompactState {
  func write(to writer: inout StateWriter) {
    writer.state(framer)
    writer.bytes(head)
    writer.flag(isCompletion)
    writer.number(lanes.count)
    for lane in lanes { writer.state(lane) }
  }

  init(from reader: inout StateReader) throws(StateError) {
    framer = try reader.state()
    head = try reader.bytes()
    isCompletion = try reader.flag()
    for _ in 0..<max(0, try reader.number()) { lanes.append(try reader.state()) }
  }
}
