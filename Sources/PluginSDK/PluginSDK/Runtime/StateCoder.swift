// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// The bytes of a state.
package enum Checkpoint {
  package static func encode(_ state: some Encodable) throws -> [UInt8] {
    try JSONBytesEncoder.encode(state)
  }

  package static func decode<State: Decodable>(
    _ type: State.Type, from bytes: UnsafeRawBufferPointer
  ) throws -> State {
    try JSONValueDecoder.decode(type, from: JSONValue(parsing: bytes))
  }
}

/// A state as the host has it: the bytes, and where states can be compared the value.
struct CommittedState {
  var bytes: [UInt8] = []
  /// A `StateBox` of the plugin's state.
  fileprivate var value: AnyObject?
}

private final class StateBox<State: Sendable> {
  let state: State
  init(_ state: State) { self.state = state }
}

/// Reads and writes the state of a ``Stateful`` plugin.
struct StateCoder: Sendable {
  private let change: @Sendable (Exchange) throws -> CommittedState?
  private let restore: @Sendable (Exchange, UnsafeRawBufferPointer) throws -> Void

  init?(_ type: any Plugin.Type) {
    guard let type = type as? any Stateful.Type else { return nil }
    self.init(stateful: type)
  }

  private init<P: Stateful>(stateful type: P.Type) {
    // Safe: it holds nothing but the type.
    nonisolated(unsafe) let areEqual = Self.comparison(of: P.State.self)
    change = { exchange in
      let state = unsafeDowncast(exchange, to: PluginExchange<P>.self).plugin.state
      if let areEqual, let before = exchange.committedState.value,
        areEqual(unsafeDowncast(before, to: StateBox<P.State>.self).state, state)
      {
        return nil
      }
      let bytes = try Checkpoint.encode(state)
      guard bytes != exchange.committedState.bytes else { return nil }
      guard bytes.count <= ConnectionLimits.checkpoint else {
        throw CallError(
          code: "state-too-large",
          message: "the state, \(P.State.self), has \(bytes.count) bytes as a checkpoint;"
            + " \(ConnectionLimits.checkpoint) are allowed")
      }
      return CommittedState(bytes: bytes, value: areEqual == nil ? nil : StateBox(state))
    }
    restore = { exchange, bytes in
      let state = try Checkpoint.decode(P.State.self, from: bytes)
      unsafeDowncast(exchange, to: PluginExchange<P>.self).plugin.state = state
      exchange.committedState = CommittedState(
        bytes: Array(bytes), value: areEqual == nil ? nil : StateBox(state))
    }
  }

  /// What says that two states are equal, if they can be compared: then one that did not change is not encoded.
  private static func comparison<State>(
    of type: State.Type
  ) -> ((State, State) -> Bool)? {
    func comparison<Value: Equatable>(_ type: Value.Type) -> (State, State) -> Bool {
      // Both are the same type; only the compiler does not know it here.
      { unsafeBitCast($0, to: Value.self) == unsafeBitCast($1, to: Value.self) }
    }
    return (type as? any Equatable.Type).map { comparison($0) }
  }

  /// The state, if it is another one than the host has.
  func changed(_ exchange: Exchange) throws -> CommittedState? { try change(exchange) }

  /// Puts the newest committed state into the plugin's value.
  func load(
    _ checkpoint: UnsafeRawBufferPointer, into exchange: Exchange
  ) throws(CallError) {
    do {
      try restore(exchange, checkpoint)
    } catch {
      throw CallError(code: "state-unreadable", message: "the checkpoint is of another format")
    }
  }
}
