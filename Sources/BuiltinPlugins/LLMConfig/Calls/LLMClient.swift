// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PluginSDK

/// Asks a configured model, whole question and whole answer, through the host: for plugins with a model of their own.
///
/// The manifest must name the services `http` and `sign`.
package struct LLMClient: Sendable {
  package let record: LLMRecord
  /// How the provider is reached.
  package var transport: LLMTransport
  private let templates: ModelTemplates
  private let backend: Backend
  private let identity: CloudIdentity
  private let bodySecret: BodySecret?

  /// A client of a config's record.
  ///
  /// - Parameter pointer: where the record is in the config.
  /// - Throws: `ConfigError` for what no request could be made of.
  package init(
    _ record: LLMRecord, _ cloud: CloudRecord, _ transport: LLMTransport, at pointer: String
  ) throws {
    self.record = record
    self.transport = transport
    identity = CloudIdentity(record.auth, record.model, cloud)
    bodySecret = BodySecret(record.auth)
    do {
      templates = try ModelTemplates(record.model)
      backend = try Backend(record.model, templates.commonSettings, for: .chat)
    } catch let error as ConfigError {
      throw ConfigError(
        error.diagnostics.map {
          ConfigDiagnostic(pointer + $0.pointer, $0.message, isWarning: $0.isWarning)
        })
    }
  }

  /// The headers of a client's request that the model's options refer to.
  package var headers: [String] { templates.headers }

  /// Asks.
  ///
  /// - Parameters:
  ///   - chat: Its model, its sampling and whether it is streamed are the configuration's.
  ///   - request: The client's, for the placeholders of the model's options.
  /// - Throws: ``LLMFailure``; `CancellationError` when the call of the plugin ended.
  package func ask(
    _ chat: ChatRequest, for request: RequestHead, host: Host
  ) async throws -> LLMAnswer {
    let started = WallClock.microseconds()
    let question = try self.question(chat, for: request)
    let response: HTTPResponse
    do {
      response = try await host.http.send(question.http)
    } catch let error as HostError {
      throw LLMFailure(error)
    }
    var timings = CallTimings(started: started)
    timings.headReceived = WallClock.microseconds()
    guard (200..<300).contains(response.status) else { throw LLMFailure.status(response.status) }
    do throws(ProviderProblem) {
      return try answer(response, to: question, timings)
    } catch {
      throw LLMFailure.unreadable(error.error.message)
    }
  }

  private func question(
    _ chat: ChatRequest, for request: RequestHead
  ) throws(LLMFailure) -> LLMQuestion {
    do throws(RequestProblem) {
      let resolved = try templates.resolved(for: request)
      let own =
        templates.areSettingsConstant
        ? nil : Backend(provider: record.model.provider, resolved.settings)
      let backend = own ?? backend
      guard let address = resolved.address ?? backend.address else {
        throw RequestProblem(message: "the provider's address is not configured")
      }
      var question = try LLMQuestion(
        chat, to: backend, at: address, resolved, record.model, receivedAt: request.receivedAt,
        bodySecret)
      question.http.authorization = identity.authorization(resolved.settings)
      show(record.auth, in: &question.http)
      transport.apply(to: &question.http)
      return question
    } catch {
      throw .unaskable(error.message)
    }
  }

  private func show(_ auth: AuthRecord, in request: inout HTTPRequest) {
    if let name = auth.headerName, let value = auth.headerValue { request.headers.set(name, value) }
    if auth.paramLocation == .query, let name = auth.paramName, let value = auth.paramValue {
      request.query.set(name, value)
    }
  }

  private func answer(
    _ response: HTTPResponse, to question: LLMQuestion, _ timings: CallTimings
  ) throws(ProviderProblem) -> LLMAnswer {
    let type = MediaType(response.headers["content-type"] ?? "")
    var chat: ChatResponse
    switch question.backend {
    case .openAI(let provider):
      chat = try ChatResponse(openAI: response.body, of: provider.name, type)
    case .translated(let provider), .native(let provider as any Provider):
      chat = try ChatResponse(response.body, of: provider, question.call, type)
      chat.usage =
        chat.usage ?? provider.usageHeaders(.chat)?.usage { response.headers[$0] }
    }
    let usage =
      chat.usage
      ?? Usage(estimatedPromptTokens: question.promptEstimate, characters: chat.characters)
    return LLMAnswer(
      chat: chat, question: question, usage: usage, timings: timings, body: response.body)
  }
}
