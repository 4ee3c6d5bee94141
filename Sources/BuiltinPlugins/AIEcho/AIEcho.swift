// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

/// A model that lives in the gateway: it says the last user message again, plain or streamed, with exact usage. For demos,
/// tests and load, without a key and without a network.
@main
struct AIEcho: Plugin, RequestPhase, ProducePhase, Stateful {
  struct Config: Decodable, Sendable {
    var model: String
    var interval: Int
  }

  /// Kong has no such plugin; it answers where `ai-proxy` (770) would.
  static let manifest = Manifest(name: "ai-echo", version: "0.1.0", priority: 769)

  static let schema = ConfigSchema([
    "model": .string.default("echo-1").minLength(1).describe(
      "its name; a client that names another is refused"),
    "interval": .integer.default(0).between(0, 60_000).describe(
      "milliseconds between two pieces of a stream"),
  ])

  private let config: Config
  private let host: Host
  /// What is left to say, should another process have to say it.
  var state = EchoStream()

  init(config: Config, host: Host) {
    self.config = config
    self.host = host
  }

  var requestInterest: Interest? {
    Interest(body: .whole(), variables: [LLMVariables.wantsWholeAnswer])
  }

  mutating func request(_ request: inout Request) -> RequestReply {
    do throws(RequestProblem) {
      return reply(try answer(to: request))
    } catch {
      return .respond(Response(error))
    }
  }

  private func answer(to request: Request) throws(RequestProblem) -> EchoAnswer {
    let isWhole = request.variables[LLMVariables.wantsWholeAnswer]?.boolean == true
    return try request.body.bytes.withRaw { body throws(RequestProblem) in
      let facts = try RequestFacts(body)
      let check = RequestCheck(route: .chat, configuredModel: config.model, isWhole: isWhole)
      let verdict = try check.verdict(on: facts, in: body)
      do {
        var chat = try ChatRequest(openAI: facts.root, in: body)
        chat.isStreamed = verdict.isStreamed
        return EchoAnswer(
          to: chat, model: verdict.model ?? config.model, id: request.exchangeID,
          created: Int(request.receivedAt / 1_000_000))
      } catch {
        throw .noPrompts
      }
    }
  }

  private mutating func reply(_ answer: EchoAnswer) -> RequestReply {
    guard answer.isStreamed else {
      return .respond(
        Response(headers: ["content-type": "application/json"], body: answer.whole.openAI))
    }
    state = EchoStream(answer)
    return .produce(headers: ["content-type": "text/event-stream", "cache-control": "no-cache"])
  }

  var produceInterest: Interest? {
    // A piece may take its interval on top of what a call may take anyway.
    Interest(deadline: .milliseconds(config.interval + 5000))
  }

  mutating func produce(_ pull: inout Pull) async throws -> ProduceReply {
    if config.interval > 0 { try await host.sleep(for: .milliseconds(config.interval)) }
    let piece = state.next()
    return state.isOver ? .last(piece) : .piece(piece)
  }
}
