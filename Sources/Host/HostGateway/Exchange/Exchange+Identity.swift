// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostExchange
import HostHTTP
import Logging
import PluginProtocol

/// Who the client of an exchange is.
struct ClientIdentity {
  let consumer: KnownConsumer
  /// Id of the credential; empty: the client has shown none.
  let credential: String

  var isAnonymous: Bool { credential.isEmpty }

  /// Fields of the request that tell the upstream who it is, as in Kong.
  static let headers: [StaticString] = [
    "X-Consumer-ID", "X-Consumer-Custom-ID", "X-Consumer-Username", "X-Credential-Identifier",
    "X-Anonymous-Consumer", "X-Consumer-Groups",
  ]

  /// The values of the fields, in their order; empty: it has none.
  fileprivate var fieldValues: [String] {
    [
      consumer.id, consumer.customID, consumer.username, credential, isAnonymous ? "true" : "",
      "",
    ]
  }
}

// A plugin of the chain tells who the client is. From then on the exchange has an identity, whatever becomes of the plugin.
extension Exchange {
  /// Takes what a reply says of the client.
  ///
  /// - Returns: Whether the response that the reply carries is not for this client, whose credential is good.
  /// - Throws: when the plugin may not say so, or says what cannot be.
  func identify(
    _ reply: Patchbay__Plugin__V1__Reply, _ step: Int, _ phase: Phase
  ) throws -> Bool {
    guard reply.authenticate != nil || reply.conceal != nil else { return false }
    guard phase == .request, chain.steps[step].mayAuthenticate else {
      throw IdentityProblem(message: "the plugin's manifest does not name the service consumers")
    }
    if let conceal = reply.conceal?.pointee { try self.conceal(conceal, step) }
    guard let authenticate = reply.authenticate?.pointee else { return false }
    if let presented = authenticate.presented?.pointee {
      guard reply.respond != nil, presented.kind == PATCHBAY__PLUGIN__V1__CREDENTIAL_KIND__KEY_AUTH
      else { throw ProtocolViolation.badMessage }
      guard let found = snapshot.consumers.find(presentedKey: presented.value.view) else {
        return false
      }
      identify(as: ClientIdentity(consumer: found.consumer, credential: found.credential))
      return true
    }
    guard let id = String(field: authenticate.consumer),
      let credential = String(field: authenticate.credential)
    else { throw ProtocolViolation.badText }
    guard let consumer = snapshot.consumers.consumer(id: id),
      credential.isEmpty || snapshot.consumers.isCredential(credential, of: consumer)
    else { throw IdentityProblem(message: "there is no such consumer or credential") }
    identify(as: ClientIdentity(consumer: consumer, credential: credential))
    return false
  }

  private func identify(as identity: ClientIdentity) {
    facts.identity = identity
    facts.variables.removeAll(where: \.isIdentity)
    facts.variables += identity.consumer.variables
    facts.variables.append(
      NamedValue(name: Array("consumer.anonymous".utf8), value: .boolean(identity.isAnonymous)))
    if !identity.isAnonymous {
      facts.variables.append(NamedValue("credential.id", text: identity.credential))
    }
    // What the client says of itself in these fields is not believed.
    for (name, value) in zip(ClientIdentity.headers, identity.fieldValues) {
      if value.isEmpty { request.edits.remove(name) } else { request.edits.set(name, value) }
    }
  }

  private func conceal(_ message: Patchbay__Plugin__V1__Conceal, _ step: Int) throws {
    for index in 0..<message.n_headers {
      facts.concealed.conceal(header: Array(message.headers[index].view))
    }
    for index in 0..<message.n_query {
      facts.concealed.conceal(parameter: Array(message.query[index].view))
    }
    guard !facts.concealed.isTooLong else {
      throw IdentityProblem(message: "too many fields hold a credential")
    }
    guard message.n_body > 0 else { return }
    guard request.isComplete, machine.plan.requestBody.contains(step) else {
      throw ProtocolViolation.badSplice
    }
    for index in 0..<message.n_body {
      guard let range = message.body[index]?.pointee, let offset = Int(exactly: range.offset),
        let length = Int(exactly: range.length), request.body.conceal(offset, length)
      else { throw ProtocolViolation.badSplice }
    }
  }

  /// Goes on with the chain that is for the client, now that a step has told who that is. False: it is the one it has.
  func changeChain(behind step: Int) -> Bool {
    guard let identity = facts.identity,
      let next = destination?.chains(isSecure: request.isSecure).next(
        behind: step, of: hasOwnChain ? chain : nil, for: identity.consumer.scope)
    else { return false }
    hasOwnChain = true
    chain = next
    let plan = next.isConditional ? next.plan(for: request) : next.plan
    on { $0.chainChanged(behind: step, subscribed: plan, &$1) }
    return true
  }

  func logProblem(_ problem: IdentityProblem, _ step: Int) {
    worker.logger.warning(
      "a plugin says of the client what it may not",
      metadata: [
        "plugin": "\(chain.steps[step].plugin)", "reason": "\(problem.message)",
        "request_id": "\(requestID.text)",
      ])
  }
}

/// Why a reply cannot say who the client is; the plugin's author reads it.
struct IdentityProblem: Error {
  let message: String
}
