// SPDX-License-Identifier: Apache-2.0

package import Logging
package import NIOCore
import NIOHTTP1
import NIOPosix

/// The admin API: its own listener, on loopback by default, off the data path.
///
/// Structured concurrency, one task a connection: it is asked by people and scrapers.
package struct AdminServer: Sendable {
  /// Answers a request.
  package typealias Handler = @Sendable (AdminRequest) async -> AdminResponse

  /// Bytes of a request body; a configuration is the largest thing that comes here.
  package static let bodyLimit = 16 << 20

  private let listener: NIOAsyncChannel<Connection, Never>
  private let handler: Handler
  private let logger: Logger

  private typealias Connection = NIOAsyncChannel<
    HTTPPart<HTTPRequestHead, ByteBuffer>, HTTPPart<HTTPResponseHead, IOData>
  >

  /// Binds the address.
  ///
  /// - Parameter prepare: puts what is needed in front of HTTP into a new connection's pipeline, on its loop.
  /// - Throws: the system's error when the address cannot be bound.
  package init(
    host: String, port: Int, group: any EventLoopGroup, logger: Logger,
    prepare: @escaping @Sendable (any Channel) throws -> Void = { _ in },
    handler: @escaping Handler
  ) async throws {
    self.handler = handler
    self.logger = logger
    listener = try await ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: host, port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try prepare(channel)
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          return try Connection(wrappingChannelSynchronously: channel)
        }
      }
  }

  /// The listener.
  package var channel: any Channel { listener.channel }

  /// The address that was bound.
  package var address: SocketAddress? { channel.localAddress }

  /// Serves until the task is cancelled.
  package func run() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      try await listener.executeThenClose { connections in
        for try await connection in connections {
          group.addTask { await serve(connection) }
        }
      }
    }
  }

  private func serve(_ connection: Connection) async {
    do {
      try await connection.executeThenClose { inbound, outbound in
        var head: HTTPRequestHead?
        var body = ByteBuffer()
        for try await part in inbound {
          switch part {
          case .head(let received):
            head = received
            body.clear()
          case .body(let bytes):
            guard body.readableBytes + bytes.readableBytes <= Self.bodyLimit else {
              return try await write(.error(413, "Payload too large"), for: head, to: outbound)
            }
            body.writeImmutableBuffer(bytes)
          case .end:
            guard let request = head else { return }
            let answer = await handler(AdminRequest(request, body: body))
            try await write(answer, for: request, to: outbound)
            if !request.isKeepAlive { return }
          }
        }
      }
    } catch {
      logger.debug("admin connection ended", metadata: ["error": "\(error)"])
    }
  }

  private func write(
    _ response: AdminResponse, for request: HTTPRequestHead?,
    to outbound: NIOAsyncChannelOutboundWriter<HTTPPart<HTTPResponseHead, IOData>>
  ) async throws {
    var headers = HTTPHeaders()
    headers.add(name: "content-type", value: response.contentType)
    headers.add(name: "content-length", value: String(response.body.readableBytes))
    for (name, value) in response.headers { headers.add(name: name, value: value) }
    let head = HTTPResponseHead(
      version: .http1_1, status: .init(statusCode: response.status), headers: headers)
    try await outbound.write(.head(head))
    if request?.method != .HEAD { try await outbound.write(.body(.byteBuffer(response.body))) }
    try await outbound.write(.end(nil))
  }
}
