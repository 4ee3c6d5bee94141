// SPDX-License-Identifier: Apache-2.0

/// Names one write of one call: the same for every process that runs the call.
package struct WriteKey: Hashable, Sendable {
  package var exchange: UInt64
  package var instance: UInt32
  package var phase: UInt8
  /// Which call of the exchange to the instance it is, whatever streams they run on.
  package var call: UInt32
  /// Which of the call's service calls.
  package var sequence: UInt32

  package init(exchange: UInt64, instance: UInt32, phase: UInt8, call: UInt32, sequence: UInt32) {
    self.exchange = exchange
    self.instance = instance
    self.phase = phase
    self.call = call
    self.sequence = sequence
  }
}
