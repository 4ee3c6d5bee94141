// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging

/// A request to the kernel that no processor sleeps so deeply that it takes longer than this to wake. It holds for the whole
/// machine, next to those of other programs: the shortest one counts. It ends with its descriptor.
///
/// Source: Linux, Documentation/power/pm_qos_interface.rst, "CPU latency QoS".
final class ProcessorLatency: Sendable {
  enum Request {
    case demand, release
  }

  /// The device cannot be used.
  struct Unavailable: Error, CustomStringConvertible {
    let path: String
    let code: CInt

    var description: String { "\(path): \(String(cString: strerror(code)))" }
  }

  /// Who may write it may ask: root, unless the system says otherwise.
  static let device = "/dev/cpu_dma_latency"
  /// What the kernel goes by when nobody asks: 2,000 seconds.
  private static let any: Int32 = 2_000_000_000

  private let path: String
  private let descriptor: CInt
  private let microseconds: Int32

  /// - Parameter microseconds: 0 means that idle processors do not sleep at all.
  init(microseconds: Int, path: String = device) throws(Unavailable) {
    let opened = open(path, O_WRONLY | O_CLOEXEC)
    guard opened >= 0 else { throw Unavailable(path: path, code: errno) }
    descriptor = opened
    self.path = path
    self.microseconds = Int32(clamping: microseconds)
  }

  deinit { close(descriptor) }

  /// One for each worker. None, and a warning, where the system does not let the host ask: traffic is the same, only slower.
  static func each(
    of workers: Int, microseconds: Int?, path: String = device, logger: Logger
  ) -> [ProcessorLatency] {
    guard let microseconds else { return [] }
    do {
      return try (0..<workers).map { _ in
        try ProcessorLatency(microseconds: microseconds, path: path)
      }
    } catch {
      logger.warning("cpu_latency is not kept", metadata: ["reason": "\(error)"])
      return []
    }
  }

  func ask(for request: Request) throws(Unavailable) {
    let value = request == .demand ? microseconds : Self.any
    let count = withUnsafeBytes(of: value) { write(descriptor, $0.baseAddress, $0.count) }
    guard count == MemoryLayout<Int32>.size else { throw Unavailable(path: path, code: errno) }
  }
}
