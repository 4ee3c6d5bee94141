// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostExchange
import NIOCore

/// What a reply changes, as it was before: one that is not taken whole is not taken at all. Of what this reply leaves alone
/// nothing is kept, for that would be copied when others change it.
struct ReplyUndo {
  /// What is known of the exchange, without the log fields, which are only added to.
  private struct Facts {
    let variables: [NamedValue]
    let identity: ClientIdentity?
    let concealed: Concealment
    let errorTemplate: ErrorTemplate?
  }

  private let request: RequestState?
  private let response: ResponseState?
  private let body: ByteBuffer?
  private let facts: Facts?
  private let logFields: LogFields.Mark
  private let checkpoint: ByteBuffer?
  private let stateVersion: UInt32
  private let made: PluginResponse?

  init(_ reply: Patchbay__Plugin__V1__Reply, _ exchange: Exchange, _ step: Int, _ phase: Phase) {
    request = reply.changesRequest ? exchange.request : nil
    response = reply.changesResponseHead ? exchange.response : nil
    body = phase == .response && reply.n_splices > 0 ? exchange.machine.collectedBody : nil
    facts =
      reply.changesFacts
      ? Facts(
        variables: exchange.facts.variables, identity: exchange.facts.identity,
        concealed: exchange.facts.concealed, errorTemplate: exchange.facts.errorTemplate) : nil
    logFields = exchange.facts.logFields.mark
    let call = exchange.calls[step]
    checkpoint = call.checkpoint
    stateVersion = call.stateVersion
    made = call.response
  }

  /// Makes everything as it was.
  func perform(_ exchange: Exchange, _ step: Int) {
    if let request { exchange.request = request }
    if let response { exchange.response = response }
    if let body { exchange.machine.replaceCollected(body) }
    if let facts {
      exchange.facts.variables = facts.variables
      exchange.facts.identity = facts.identity
      exchange.facts.concealed = facts.concealed
      exchange.facts.errorTemplate = facts.errorTemplate
    }
    exchange.facts.logFields.cut(to: logFields)
    let call = exchange.calls[step]
    call.checkpoint = checkpoint
    call.stateVersion = stateVersion
    call.response = made
  }
}

extension Patchbay__Plugin__V1__Reply {
  /// Whether it says who the client is, or where its credential stands.
  private var tellsOfClient: Bool { authenticate != nil || conceal != nil }

  fileprivate var changesRequest: Bool {
    n_request_headers > 0 || n_splices > 0 || n_query > 0 || method.len > 0 || path.len > 0
      || target != nil || authorization != nil || tellsOfClient
  }

  fileprivate var changesResponseHead: Bool { n_response_headers > 0 || status != 0 }

  fileprivate var changesFacts: Bool {
    n_variables > 0 || error_template != nil || tellsOfClient
  }
}
