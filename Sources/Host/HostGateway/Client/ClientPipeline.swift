// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP2

/// Puts into a client's channel what speaks its protocol.
enum ClientPipeline {
  /// The protocol of HTTP that a TLS handshake agreed on (RFC 7301): what a listener offers, best first.
  static let applicationProtocols = ["h2", "http/1.1"]

  /// Adds the handlers behind those that the channel has; they end in exchanges of the worker.
  ///
  /// The channel is on the worker's loop and does not read on its own.
  ///
  /// - Parameters:
  ///   - negotiated: `h2`, or any other name for HTTP/1.1; nil: the client's first bytes tell.
  ///   - isSecure: whether the client came over TLS.
  static func install(
    _ negotiated: String?, on channel: any Channel, worker: Worker, isSecure: Bool
  ) throws {
    let pipeline = channel.pipeline.syncOperations
    switch negotiated {
    case nil: try pipeline.addHandler(ProtocolDetector(worker: worker, isSecure: isSecure))
    case "h2": try installHTTP2(pipeline, worker: worker, isSecure: isSecure)
    default:
      try pipeline.addHandler(
        HTTP1Connection(worker: worker, isSecure: isSecure, limits: worker.headLimits))
    }
  }

  private static func installHTTP2(
    _ pipeline: ChannelPipeline.SynchronousOperations, worker: Worker, isSecure: Bool
  ) throws {
    let gate = InboundGate()
    let connection = HTTP2Connection(worker: worker, isSecure: isSecure, gate: gate)
    let codec = NIOHTTP2Handler(
      mode: .server, frameDelegate: connection,
      connectionConfiguration: HTTP2Limits.connection(worker.headLimits),
      streamConfiguration: HTTP2Limits.stream)
    try pipeline.addHandlers([gate, codec, connection])
  }
}
