// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import HostPools
import NIOCore

// WebSocket: when the upstream agrees, what follows its 101 is to the exchange a response's body without an end, and what
// the client sends a request's. So flow control, timeouts, counting and the log are those of all exchanges.
extension Exchange {
  /// Whether the request goes to the upstream as one for WebSocket: the client asks for it, and no plugin of the chain
  /// wants to see a body, which it would then miss.
  func asksForUpgrade(at origin: Origin) -> Bool {
    guard request.head.asksForWebSocket, client is HTTP1Connection, request.method == nil,
      request.isComplete, request.body.bytes.readableBytes == 0
    else { return false }
    return !chain.watchesBodies && worker.upstreams.passesWebSocket(to: origin)
  }

  func upstreamUpgraded(tryNumber number: Int, _ head: ResponseHead) {
    guard number == tryNumber else { return }
    facts.upstreamTime = worker.now() &- tryStarted
    response = ResponseState()
    response.isUpgrade = true
    response.status = head.status
    response.fields = head.fields
    response.framing = .untilClose
    response.after = worker.now() &- times.start
    if chain.isConditional {
      machine.exclude(chain.excluded(from: .response, request, response), from: .response)
    }
    on { $0.upstreamResponded(hasBody: true, &$1) }
  }

  /// Writes the 101; from here on the client's bytes are passed on.
  func sendUpgrade(_ client: any ExchangeClient) -> Int {
    guard let client = client as? HTTP1Connection else {
      preconditionFailure("others were not offered to upstreams")
    }
    return client.sendUpgrade(fields: response.fields, edits: response.edits)
  }

  /// Bytes of the client behind the upgrade.
  func passOn(_ bytes: ByteBuffer) {
    upstream?.touch(worker.now())
    upstream?.sendBody(bytes)
  }
}

extension Chain {
  /// Whether any step wants to see the body of a request or a response.
  fileprivate var watchesBodies: Bool {
    if !plan.requestBody.isEmpty || !plan.responseBody.isEmpty { return true }
    if !plan.copy.isEmpty || !plan.transform.isEmpty { return true }
    return plan.complete.contains { step in
      let subscription = steps[step][.complete]
      return subscription?.requestBody == true || subscription?.responseBody == true
    }
  }
}
