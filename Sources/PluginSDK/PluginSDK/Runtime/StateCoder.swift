// SPDX-License-Identifier: Apache-2.0

/// Reads and writes the state of a ``Stateful`` plugin.
struct StateCoder: Sendable {
  /// Largest checkpoint in bytes: it travels with replies, and the host keeps one for each exchange.
  static let limit = 64 << 10

  private let encode: @Sendable (Exchange) throws -> [UInt8]
  private let restore: @Sendable (Exchange, UnsafeRawBufferPointer) throws -> Void

  init?(_ type: any Plugin.Type) {
    guard let type = type as? any Stateful.Type else { return nil }
    self.init(stateful: type)
  }

  private init<P: Stateful>(stateful type: P.Type) {
    encode = { exchange in
      try JSONBytesEncoder.encode(unsafeDowncast(exchange, to: PluginExchange<P>.self).plugin.state)
    }
    restore = { exchange, bytes in
      let state = try JSONValueDecoder.decode(P.State.self, from: JSONValue(parsing: bytes))
      unsafeDowncast(exchange, to: PluginExchange<P>.self).plugin.state = state
    }
  }

  /// The state, if it is another one than the host has.
  func changed(_ exchange: Exchange) throws -> [UInt8]? {
    let state = try encode(exchange)
    guard state != exchange.committedState else { return nil }
    guard state.count <= Self.limit else {
      throw CallError(code: "state-too-large", message: "the state has more than 64 KiB")
    }
    return state
  }

  /// The state of a value that no exchange has touched.
  func initial(of exchange: Exchange) -> [UInt8] {
    (try? encode(exchange)) ?? []
  }

  /// Puts the newest committed state into the plugin's value.
  func load(
    _ checkpoint: UnsafeRawBufferPointer, into exchange: Exchange
  ) throws(CallError) {
    do {
      try restore(exchange, checkpoint)
    } catch {
      throw CallError(code: "state-unreadable", message: "the checkpoint is of another format")
    }
    exchange.committedState = Array(checkpoint)
  }
}
