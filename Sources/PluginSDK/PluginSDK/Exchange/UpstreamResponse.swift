// SPDX-License-Identifier: Apache-2.0

/// The response on its way to the client, to be read and edited in the `response` phase.
///
/// It mostly comes from the upstream; ``source`` tells.
public struct UpstreamResponse: PhaseValue {
  /// The call that this value belongs to.
  public var context: PhaseContext
  private(set) var newStatus: Int?

  /// The fields that the interest names, and changes.
  public var headers: Headers
  /// The body, if the interest asks for it, and edits of it.
  public var body: Body

  init(_ received: ReceivedCall) {
    context = PhaseContext(received)
    headers = Headers(shown: received.responseHeaders)
    body = Body(received.payload)
  }

  /// The status that the client gets.
  public var status: Int {
    get { newStatus ?? context.received.status }
    set { newStatus = newValue }
  }

  /// Who made it.
  public var source: Source { context.received.source }
  /// From the request's head to the response's.
  public var after: Duration { context.received.after }
  /// The request that it answers.
  public var request: RequestHead { RequestHead(received: context.received) }
}
