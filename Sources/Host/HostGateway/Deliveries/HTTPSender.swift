// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostServices
import NIOCore

/// Sends batches as requests, over the connections that the loop has to upstreams.
final class HTTPSender: DeliverySender {
  /// Bytes of a response; what it says is not read.
  private static let responseLimit: UInt64 = 8 << 20

  private let worker: Worker
  private let destination: HTTPDestination

  init(_ destination: HTTPDestination, worker: Worker) {
    self.destination = destination
    self.worker = worker
  }

  func send(_ entries: [DeliveryEntry], _ completed: @escaping (DeliveryOutcome) -> Void) {
    let body = destination.isArray ? Self.array(entries) : entries.first?.bytes ?? ByteBuffer()
    let request = PreparedRequest(destination, body: body)
    let secrets = destination.secrets
    _ = HTTPServiceCall.start(
      request, secrets: { secrets.value(of: $0) }, limit: Self.responseLimit,
      deadline: worker.now() &+ destination.timeout, worker: worker
    ) { outcome in
      switch outcome {
      case .response(let status, _, _, _) where (200...299).contains(status): completed(.delivered)
      case .response(let status, _, _, _): completed(.failed("it answered with status \(status)"))
      case .error(let code, let message): completed(.failed("\(code): \(message)"))
      default: completed(.failed("no response"))
      }
    }
  }

  func close() {
    worker.upstreams.closeIdle(destination.origin, for: destination.keepalive)
  }

  /// A JSON array of entries that are JSON.
  private static func array(_ entries: [DeliveryEntry]) -> ByteBuffer {
    var body = ByteBuffer()
    body.reserveCapacity(entries.reduce(2) { $0 + $1.bytes.readableBytes + 1 })
    body.writeInteger(UInt8(ascii: "["))
    for (index, entry) in entries.enumerated() {
      if index > 0 { body.writeInteger(UInt8(ascii: ",")) }
      body.writeImmutableBuffer(entry.bytes)
    }
    body.writeInteger(UInt8(ascii: "]"))
    return body
  }
}
