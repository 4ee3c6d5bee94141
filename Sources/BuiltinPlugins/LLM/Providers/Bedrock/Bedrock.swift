// SPDX-License-Identifier: Apache-2.0

/// Amazon Bedrock: its Converse API for chats and completions, and the models' own bodies for embeddings. Signatures are
/// the host's business.
package struct Bedrock: Provider {
  package let name = "bedrock"
  package let makesEmbeddings = true
  let settings: ProviderSettings

  /// Bedrock with a configuration's options.
  package init(_ settings: ProviderSettings) {
    self.settings = settings
  }

  /// Nil without a region. It may have been filled in from a client's words, and must not become another host.
  package var origin: String? {
    guard let region = settings.bedrock.region, (1...32).contains(region.utf8.count) else {
      return nil
    }
    let isRegion = region.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard isRegion else { return nil }
    let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
    return "https://bedrock-runtime.\(region).\(domain)"
  }

  package func request(
    _ chat: ChatRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    var converse = ConverseRequest(chat, BedrockFamily(model: call.model), settings)
    let body = try converse.body()
    let operation = call.isStreamed ? Operation.converseStream : .converse
    var request = ProviderRequest(path: Self.path(call.model, operation), body: body)
    request.unsupported = converse.unsupported
    return request
  }

  package func answer(
    _ body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> ChatResponse {
    let answer: ChatResponse?
    do throws(JSONError) {
      answer = try ChatResponse(converse: body)
    } catch {
      throw .unreadable(name, "\(error)")
    }
    guard let answer else { throw .unreadable(name, "it has no 'output.message'") }
    return answer
  }

  package func error(_ body: RawSpan, status: Int) -> ChatError? {
    ChatError(bedrock: body, status: status)
  }

  /// What answers with JSON instead is no stream.
  package func framer(mediaType: String) -> StreamFramer {
    mediaType == "application/json" ? .serverSentEvents(EventStreamFramer()) : .awsEvents
  }

  package func events(_ call: ProviderCall) -> ProviderEvents { .bedrock(ConverseEvents()) }

  /// The operation of a configured path follows the request; a path that is no more than the root is none.
  package func path(configured: String, _ request: ProviderRequest) -> String {
    guard configured != "/", !configured.isEmpty else { return request.path }
    guard let slash = configured.lastIndex(of: "/"),
      Operation(rawValue: String(configured[configured.index(after: slash)...])) != nil,
      let wanted = request.path.lastIndex(of: "/")
    else { return configured }
    return "\(configured[..<slash])\(request.path[wanted...])"
  }

  /// What can be done with a model: the last segment of a path.
  enum Operation: String {
    case converse
    case converseStream = "converse-stream"
    case invoke
    case invokeStream = "invoke-with-response-stream"
    case countTokens = "count-tokens"
  }

  /// The path of an operation. A model may be an ARN, with slashes in it.
  static func path(_ model: String, _ operation: Operation) -> String {
    "/model/\(PathSegment.escaped(model))/\(operation.rawValue)"
  }
}
