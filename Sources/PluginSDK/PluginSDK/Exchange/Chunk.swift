// SPDX-License-Identifier: Apache-2.0

/// A piece of a streamed response body. Where it is cut says nothing about what it holds.
public struct Chunk: PhaseValue {
  /// The call that this value belongs to.
  public var context: PhaseContext
  /// The piece, with what was held back before at its front, and edits of it.
  public var body: Body

  init(_ received: ReceivedCall) {
    context = PhaseContext(received)
    body = Body(received.payload)
  }

  /// Position of the piece's first byte in the body, as it was before edits.
  public var offset: UInt64 { context.received.bodyOffset }
  /// No further bytes will come. The piece may be empty.
  public var isLast: Bool { context.received.isLast }
  /// The request that the response answers.
  public var request: RequestHead { RequestHead(received: context.received) }
  /// The response's head.
  public var response: ResponseHead { ResponseHead(received: context.received) }
}

/// The client takes more of a response whose source is this plugin.
public struct Pull: PhaseValue {
  /// The call that this value belongs to.
  public var context: PhaseContext

  init(_ received: ReceivedCall) { context = PhaseContext(received) }

  /// The request that is answered.
  public var request: RequestHead { RequestHead(received: context.received) }
}
