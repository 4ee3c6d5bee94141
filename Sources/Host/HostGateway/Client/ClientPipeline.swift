// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP2

/// Puts into a client's channel what speaks its protocol.
enum ClientPipeline {
  /// Adds the handlers behind those that the channel has; they end in exchanges of the worker.
  ///
  /// The channel is on the worker's loop and does not read on its own.
  ///
  /// - Parameters:
  ///   - negotiated: `h2`, or any other name for HTTP/1.1; nil: the client's first bytes tell.
  ///   - facts: what is known of the connection.
  ///   - peer: who it is; see ``Worker/admit(_:isSecure:readsProxyHeader:)``.
  static func install(
    _ negotiated: String?, on channel: any Channel, worker: Worker, facts: ConnectionFacts,
    peer: ClientPeer
  ) throws {
    let pipeline = channel.pipeline.syncOperations
    switch negotiated {
    case nil:
      try pipeline.addHandler(ProtocolDetector(worker: worker, facts: facts, peer: peer))
    case "h2": try installHTTP2(pipeline, worker: worker, facts: facts, peer: peer)
    default:
      try pipeline.addHandler(
        HTTP1Connection(worker: worker, facts: facts, peer: peer))
    }
  }

  private static func installHTTP2(
    _ pipeline: ChannelPipeline.SynchronousOperations, worker: Worker, facts: ConnectionFacts,
    peer: ClientPeer
  ) throws {
    let gate = InboundGate()
    let connection = HTTP2Connection(
      worker: worker, facts: facts, peer: peer, gate: gate)
    let codec = NIOHTTP2Handler(
      mode: .server, frameDelegate: connection,
      connectionConfiguration: HTTP2Limits.connection(worker.policy.head),
      streamConfiguration: HTTP2Limits.stream)
    try pipeline.addHandlers([gate, codec, connection])
  }
}
