// SPDX-License-Identifier: Apache-2.0

import Foundation
import FoundationNetworking
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import HostAdmin

struct AdminServerTests {
  private struct Status: Codable, Equatable {
    var inFlight: Int
  }

  private func serving(
    _ body: (_ base: String) async throws -> Void
  ) async throws {
    var routes = AdminRoutes()
    routes.add("GET", "/status") { _, _ in .json(Status(inFlight: 3)) }
    routes.add("POST", "/config") { request, _ in
      .json(["bytes": request.body.readableBytes], status: 201)
    }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let server = try await AdminServer(
      host: "127.0.0.1", port: 0, group: group, logger: Logger(label: "test"),
      handler: { [routes] in await routes($0) })
    let port = try #require(server.address?.port)
    let running = Task { try await server.run() }
    try await body("http://127.0.0.1:\(port)")
    running.cancel()
    _ = await running.result
    try await group.shutdownGracefully()
  }

  private func send(
    _ method: String, _ url: String, body: Data? = nil
  ) async throws -> (Int, String, HTTPURLResponse) {
    var request = URLRequest(url: try #require(URL(string: url)))
    request.httpMethod = method
    request.httpBody = body
    let (data, response) = try await URLSession.shared.data(for: request)
    let http = try #require(response as? HTTPURLResponse)
    return (http.statusCode, String(decoding: data, as: UTF8.self), http)
  }

  @Test func `an endpoint answers in JSON with keys in snake case`() async throws {
    try await serving { base in
      let (status, body, _) = try await send("GET", base + "/status/")
      #expect(status == 200)
      #expect(body == #"{"in_flight":3}"#)
    }
  }

  @Test func `what is not there is 404, and a wrong method is 405 with those allowed`() async throws
  {
    try await serving { base in
      let (missing, message, _) = try await send("GET", base + "/nothing")
      #expect(missing == 404)
      #expect(message == #"{"message":"Not found"}"#)
      let (wrong, _, response) = try await send("POST", base + "/status", body: Data())
      #expect(wrong == 405)
      #expect(response.value(forHTTPHeaderField: "allow") == "GET")
    }
  }

  @Test func `a body arrives whole, and one that is too large is refused`() async throws {
    try await serving { base in
      let (created, body, _) = try await send(
        "POST", base + "/config", body: Data(count: 300_000))
      #expect(created == 201)
      #expect(body == #"{"bytes":300000}"#)
      let (refused, _, _) = try await send(
        "POST", base + "/config", body: Data(count: AdminServer.bodyLimit + 1))
      #expect(refused == 413)
    }
  }

  @Test func `HEAD is answered as GET, without the body`() async throws {
    try await serving { base in
      let (status, body, response) = try await send("HEAD", base + "/status")
      #expect(status == 200)
      #expect(body.isEmpty)
      #expect(response.value(forHTTPHeaderField: "content-length") == "15")
      let (missing, _, _) = try await send("HEAD", base + "/nothing")
      #expect(missing == 404)
      let (wrong, _, _) = try await send("HEAD", base + "/config")
      #expect(wrong == 405, "there is nothing to GET")
    }
  }

  @Test func `a query and a slash at the end make no difference`() async throws {
    try await serving { base in
      for path in ["/status?x=1", "/status/?", "/status"] {
        let (status, _, _) = try await send("GET", base + path)
        #expect(status == 200, "\(path)")
      }
      for path in ["/", "//status", "/Status", "/status/x", "/?/status"] {
        let (status, _, _) = try await send("GET", base + path)
        #expect(status == 404, "\(path)")
      }
    }
  }

  @Test(arguments: [
    "GET /status HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}", "GET\r\n\r\n", "\r\n\r\nx y z\r\n\r\n",
    "GET /status HTTP/1.1\r\nBroken Header: x\r\n\r\n",
    "POST /config HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "POST /config HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  ])
  func `what is no request is refused, and the next client is served`(_ text: String) async throws {
    try await serving { base in
      let port = try #require(URL(string: base)?.port)
      let answer = try await exchange(text, port: port)
      #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
      let (status, _, _) = try await send("GET", base + "/status")
      #expect(status == 200)
    }
  }

  @Test func `requests in one piece are answered in order, until the client says that it closes`()
    async throws
  {
    try await serving { base in
      let port = try #require(URL(string: base)?.port)
      let answer = try await exchange(
        "GET /status HTTP/1.1\r\nHost: x\r\n\r\nGET /no HTTP/1.1\r\nHost: x\r\n\r\n"
          + "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port: port)
      let statuses = answer.matches(of: /HTTP\/1\.1 ([0-9]+)/).map { $0.1 }
      #expect(statuses == ["200", "404", "200"])
    }
  }

  /// Sends bytes and gives back everything until the server closes.
  private func exchange(_ text: String, port: Int) async throws -> String {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(string: text))
      var answer = ""
      do {
        for try await piece in inbound { answer += String(buffer: piece) }
      } catch let error as IOError where error.errnoCode == ECONNRESET {
        // It closed with bytes unread: also an end.
      }
      return answer
    }
  }
}
