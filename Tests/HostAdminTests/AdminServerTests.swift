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
    routes.add("GET", "/status") { _ in .json(Status(inFlight: 3)) }
    routes.add("POST", "/config") { request in
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
}
