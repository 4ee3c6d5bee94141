// SPDX-License-Identifier: Apache-2.0

/// What writes were answered, for as long as their call may be run again: then it gets the first answer, and counts
/// once.
///
/// A call is over when the exchange calls the instance anew, or is over itself. So nothing is forgotten by time or by
/// what others write, and of a long stream only the newest call is kept. Where there is no room to remember a write it
/// is not made.
package struct WriteMemory<Answer: Sendable>: Sendable {
  /// Writes of calls that are not over.
  package struct Limits: Sendable {
    /// Of one call.
    package var call = 1024
    /// Of all calls of one plugin.
    package var plugin = 1 << 16

    package init() {}
  }

  /// The newest call of an exchange to an instance.
  private struct Call {
    let plugin: String
    let phase: UInt8
    let number: UInt32
    var writes: [UInt32: Write] = [:]

    func isThat(of write: WriteKey) -> Bool { number == write.call && phase == write.phase }
  }

  private struct Write {
    /// Hash of what was written to: a call that writes to something else when it is run again has made no such write.
    let target: Int
    let answer: Answer
  }

  private let limits: Limits
  /// By exchange and instance.
  private var exchanges: [UInt64: [UInt32: Call]] = [:]
  private var counts: [String: Int] = [:]

  package init(limits: Limits = Limits()) { self.limits = limits }

  /// The answer to the write, if it was made before.
  ///
  /// - Parameter target: what is written to.
  package func answer(to write: WriteKey, on target: some Hashable) -> Answer? {
    guard let call = exchanges[write.exchange]?[write.instance], call.isThat(of: write),
      let before = call.writes[write.sequence], before.target == Self.hash(of: target)
    else { return nil }
    return before.answer
  }

  /// Whether an answer to the write can be remembered. Calls before that of the write are over, and forgotten.
  package mutating func hasRoom(for write: WriteKey, of plugin: String) -> Bool {
    let call = exchanges[write.exchange]?[write.instance]
    guard let call, call.isThat(of: write) else {
      if let call {
        exchanges[write.exchange]?[write.instance] = nil
        released(call)
      }
      return limits.call > 0 && count(of: plugin) < limits.plugin
    }
    guard call.writes[write.sequence] == nil else { return true }
    return call.writes.count < limits.call && count(of: plugin) < limits.plugin
  }

  /// Remembers the answer to a write for which there is room.
  package mutating func remember(
    _ answer: Answer, to write: WriteKey, on target: some Hashable, of plugin: String
  ) {
    let made = Write(target: Self.hash(of: target), answer: answer)
    let before = exchanges[write.exchange, default: [:]][
      write.instance, default: Call(plugin: plugin, phase: write.phase, number: write.call)
    ].writes.updateValue(made, forKey: write.sequence)
    if before == nil { counts[plugin, default: 0] += 1 }
  }

  /// The exchange is over: none of its calls is run again.
  package mutating func forget(exchange: UInt64) {
    guard let calls = exchanges.removeValue(forKey: exchange) else { return }
    for call in calls.values { released(call) }
  }

  /// Remembered writes of a plugin.
  package func count(of plugin: String) -> Int { counts[plugin] ?? 0 }

  private mutating func released(_ call: Call) {
    let rest = count(of: call.plugin) - call.writes.count
    counts[call.plugin] = rest > 0 ? rest : nil
  }

  private static func hash(of target: some Hashable) -> Int {
    var hasher = Hasher()
    hasher.combine(target)
    return hasher.finalize()
  }
}
