// SPDX-License-Identifier: Apache-2.0

/// How an exchange went. Nobody waits for what a plugin does with it.
public struct CompletedExchange: PhaseValue {
  /// The call that this value belongs to.
  public var context: PhaseContext
  /// The request's body, when the interest asks for it; cut at its limit.
  public let requestBody: Bytes
  /// The response's body, when the interest asks for it; cut at its limit.
  public let responseBody: Bytes

  init(_ received: ReceivedCall) {
    context = PhaseContext(received)
    let payload = received.payload
    let boundary = min(received.requestBodyLength, payload.count)
    requestBody = payload[0..<boundary]
    responseBody = payload[boundary..<payload.count]
  }

  /// Sizes, times, outcomes.
  public var summary: Summary { Summary(received: context.received) }
  /// The request's head.
  public var request: RequestHead { RequestHead(received: context.received) }
  /// The response's head; nil when the client left before there was one.
  public var response: ResponseHead? {
    context.received.hasResponse ? ResponseHead(received: context.received) : nil
  }
}
