// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostConfiguration
import HostProcesses
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks the admin API of a gateway that runs: one request on a connection of its own.
struct AdminClient {
  let address: Address

  /// A swap is answered when it is through.
  private static let patience = Duration.seconds(300)
  private static let connectTime = TimeAmount.seconds(5)
  /// Bytes of an answer.
  private static let limit = 16 << 20

  private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

  /// A request about processes.
  ///
  /// - Parameter path: below `/plugins/processes`.
  /// - Throws: ``CommandRefusal`` with what the gateway said, or why it said nothing.
  func processes(
    _ method: String, _ path: String, _ body: CanonicalJSON? = nil
  ) async throws -> ProcessesAnswer {
    let (status, data) = try await ask(method, "/plugins/processes\(path)", body)
    guard let json = try? JSONDecoder().decode(CanonicalJSON.self, from: data) else {
      throw unexpected("its answer, of status \(status), is no JSON")
    }
    guard status == 200 else {
      guard let message = json["message"]?.string else {
        throw unexpected("it answered with status \(status) and no message")
      }
      throw CommandRefusal(TextTable.printable(message))
    }
    do {
      return ProcessesAnswer(
        json, try JSONDecoder.admin.decode(ProcessesAnswer.Fields.self, from: data))
    } catch {
      throw unexpected("its answer has no processes in it")
    }
  }

  private func unexpected(_ what: String) -> CommandRefusal {
    CommandRefusal("is it a gateway's admin API that answers at \(address)? \(what)")
  }

  /// The status and the body of the answer.
  private func ask(
    _ method: String, _ path: String, _ body: CanonicalJSON?
  ) async throws -> (status: Int, body: Data) {
    let connection = try await connect()
    var head = HTTPRequestHead(version: .http1_1, method: .init(rawValue: method), uri: path)
    head.headers.add(name: "host", value: "\(address)")
    head.headers.add(name: "connection", value: "close")
    head.headers.add(name: "accept", value: "application/json")
    let content = ByteBuffer(string: body?.text ?? "")
    if body != nil { head.headers.add(name: "content-type", value: "application/json") }
    if body != nil || method != "GET" {
      head.headers.add(name: "content-length", value: "\(content.readableBytes)")
    }
    let answer = try await withThrowingTaskGroup(of: (status: Int, body: Data)?.self) { tasks in
      tasks.addTask { [head] in try await exchange(head, content, on: connection) }
      tasks.addTask {
        try await Task.sleep(for: Self.patience)
        return nil
      }
      defer { tasks.cancelAll() }
      return try await tasks.next() ?? nil
    }
    guard let answer else {
      throw CommandRefusal("the gateway at \(address) did not answer within \(Self.patience)")
    }
    return answer
  }

  private func exchange(
    _ head: HTTPRequestHead, _ content: ByteBuffer, on connection: Connection
  ) async throws -> (status: Int, body: Data) {
    do {
      let answer = try await connection.executeThenClose { inbound, outbound in
        do {
          try await outbound.write(contentsOf: [
            .head(head), .body(.byteBuffer(content)), .end(nil),
          ])
        } catch ChannelError.ioOnClosedChannel {
          // It was closed early: what it has answered until then is there to be read.
        }
        return try await read(inbound)
      }
      if let answer { return answer }
    } catch let error as IOError {
      throw CommandRefusal(
        "the gateway at \(address) did not answer: \(String(cString: strerror(error.errnoCode)))")
    } catch HTTPParserError.invalidEOFState {
      // It ended in the middle of the answer.
    } catch is HTTPParserError {
      throw unexpected("what it sends is no HTTP")
    }
    throw CommandRefusal("the gateway at \(address) closed the connection before it had answered")
  }

  /// Nil: the connection ended first.
  private func read(
    _ parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>
  ) async throws -> (status: Int, body: Data)? {
    var status: Int?
    var body = Data()
    for try await part in parts {
      switch part {
      case .head(let head): status = Int(head.status.code)
      case .body(let bytes):
        body.append(contentsOf: bytes.readableBytesView)
        guard body.count <= Self.limit else { throw unexpected("its answer is too large") }
      case .end: return status.map { ($0, body) }
      }
    }
    return nil
  }

  private func connect() async throws -> Connection {
    do {
      return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(Self.connectTime)
        .connect(host: address.host, port: address.port) { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            return try Connection(wrappingChannelSynchronously: channel)
          }
        }
    } catch {
      throw CommandRefusal(reason(for: error))
    }
  }

  private func reason(for error: any Error) -> String {
    let tries = (error as? NIOConnectionError)?.connectionErrors.map(\.error) ?? [error]
    if tries.contains(where: { ($0 as? IOError)?.errnoCode == ECONNREFUSED }) {
      return "no gateway answers at \(address): is `patchbay run` running?"
    }
    if let error = error as? NIOConnectionError, error.connectionErrors.isEmpty,
      error.dnsAError != nil || error.dnsAAAAError != nil
    {
      return "cannot connect to \(address): there is no host of this name"
    }
    let cause = tries.first ?? error
    let text = (cause as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(cause)"
    return "cannot connect to \(address): \(text)"
  }
}
