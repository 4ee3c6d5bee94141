// SPDX-License-Identifier: Apache-2.0

/// The CPU that processes have used since they were last looked at.
package struct CPUMeter: Sendable {
  /// Names a process, never another one; its incarnation serves.
  package typealias ProcessID = UInt64

  private var last: [ProcessID: Int] = [:]

  package init() {}

  /// - Parameter totals: microseconds that each process has used since it was started.
  /// - Returns: microseconds that those have used together which were there at the last look. What a new one has used
  ///   before was its start, not its load.
  package mutating func used(_ totals: [ProcessID: Int]) -> Int {
    defer { last = totals }
    return totals.reduce(0) { sum, process in
      sum + max(0, process.value - (last[process.key] ?? process.value))
    }
  }
}
