// SPDX-License-Identifier: Apache-2.0

import LLM

/// A streamed echo: OpenAI's chunks one by one. It is also its own checkpoint.
struct EchoStream: Sendable {
  /// Pieces of one answer at most; the tokens of a longer one come several at a time.
  private static let pieces = 256

  private enum Stage: Int { case role, text, finish, usage, done, nothing }

  private var stage = Stage.nothing
  private var id = ""
  private var created = 0
  private var model = ""
  private var rest = ""
  private var tokensPerPiece = 1
  private var finishReason = FinishReason.stop
  private var usage = Usage(promptTokens: 0, completionTokens: 0)
  private var reportsUsage = false

  init() {}

  init(_ answer: EchoAnswer) {
    stage = .role
    id = answer.id
    created = answer.created
    model = answer.model
    rest = answer.text
    tokensPerPiece = 1 + answer.usage.completionTokens / Self.pieces
    finishReason = answer.finishReason
    usage = answer.usage
    reportsUsage = answer.reportsUsage
  }

  /// Whether everything was said.
  var isOver: Bool { stage == .nothing }

  /// The next event; empty when there is none.
  mutating func next() -> [UInt8] {
    switch stage {
    case .role:
      stage = rest.isEmpty ? .finish : .text
      return event {
        $0.role = .assistant; $0.content = ""
      }
    case .text:
      let text = EchoTokens.split(rest, first: tokensPerPiece).joined()
      rest.removeFirst(text.count)
      stage = rest.isEmpty ? .finish : .text
      return event { $0.content = text }
    case .finish:
      stage = reportsUsage ? .usage : .done
      return event { $0.finishReason = finishReason }
    case .usage:
      stage = .done
      return ChatDelta(id: id, created: created, model: model, choices: [], usage: usage)
        .openAIEvent
    case .done:
      stage = .nothing
      return OpenAI.done
    case .nothing: return []
    }
  }

  private func event(_ fill: (inout ChatDelta.Choice) -> Void) -> [UInt8] {
    var choice = ChatDelta.Choice()
    fill(&choice)
    return ChatDelta(id: id, created: created, model: model, choices: [choice]).openAIEvent
  }
}

extension EchoStream: CompactState {
  func write(to writer: inout StateWriter) {
    writer.number(stage.rawValue)
    writer.text(id)
    writer.number(created)
    writer.text(model)
    writer.text(rest)
    writer.number(tokensPerPiece)
    writer.text(finishReason.name)
    writer.state(usage)
    writer.flag(reportsUsage)
  }

  init(from reader: inout StateReader) throws(StateError) {
    guard let stage = Stage(rawValue: try reader.number()) else { throw StateError(at: 0) }
    self.stage = stage
    id = try reader.text()
    created = try reader.number()
    model = try reader.text()
    rest = try reader.text()
    tokensPerPiece = try reader.number()
    finishReason = FinishReason(name: try reader.text())
    usage = try reader.state()
    reportsUsage = try reader.flag()
  }
}
