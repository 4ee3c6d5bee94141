// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostServices
import HostTLS
import NIOCore
import NIOPosix

/// Sends entries as lines over one connection, which is made when it is needed and made anew when it is gone.
///
/// A batch has arrived when the system has taken it: who reads the lines says nothing.
final class TCPSender: DeliverySender {
  typealias Completion = (DeliveryOutcome) -> Void

  private let worker: Worker
  private let destination: TCPDestination
  private var channel: (any Channel)?
  private var isConnecting = false
  /// Batches until there is a connection.
  private var waiting: [(lines: ByteBuffer, completed: Completion)] = []

  init(_ destination: TCPDestination, worker: Worker) {
    self.destination = destination
    self.worker = worker
  }

  deinit { channel?.close(promise: nil) }

  func send(_ entries: [DeliveryEntry], _ completed: @escaping Completion) {
    var lines = ByteBuffer()
    lines.reserveCapacity(entries.reduce(0) { $0 + $1.bytes.readableBytes + 1 })
    for entry in entries {
      lines.writeImmutableBuffer(entry.bytes)
      lines.writeInteger(UInt8(ascii: "\n"))
    }
    if let channel, channel.isActive { return write(lines, to: channel, completed) }
    waiting.append((lines, completed))
    connect()
  }

  func close() {
    channel?.close(promise: nil)
    channel = nil
  }

  private func write(
    _ lines: ByteBuffer, to channel: any Channel, _ completed: @escaping Completion
  ) {
    channel.writeAndFlush(lines).complete(by: .now() + time, dropping: {}) { [self] result in
      switch result {
      case .success: completed(.delivered)
      case .failure:
        // What has been written of it nobody knows: the connection is of no use any more.
        forget(channel)
        completed(.failed("the connection broke or took no bytes"))
      }
    }
  }

  private var time: TimeAmount { .nanoseconds(Int64(clamping: destination.timeout)) }

  private func forget(_ channel: any Channel) {
    channel.close(promise: nil)
    if self.channel === channel { self.channel = nil }
  }

  private func connect() {
    guard !isConnecting else { return }
    isConnecting = true
    LineDialler(worker: worker).dial(destination) { [self] result in
      isConnecting = false
      let batches = waiting
      waiting = []
      switch result {
      case .success(let channel):
        self.channel = channel
        for batch in batches { write(batch.lines, to: channel, batch.completed) }
      case .failure(let error):
        let reason = "\(UpstreamDialler.failure(for: error).error.code)"
        for batch in batches { batch.completed(.failed(reason)) }
      }
    }
  }
}
