// SPDX-License-Identifier: Apache-2.0

/// Why a store does not take a write. Then nothing has changed.
package enum StoreRefusal: Error, Equatable, Sendable {
  /// A key has more bytes than this.
  case keyTooLong(limit: Int)
  /// A value has more bytes than this.
  case valueTooLong(limit: Int)
  /// The plugin has used up its room.
  case full
  /// The counter's sum does not fit into 64 bits.
  case overflow
  /// The write could not be remembered, and so would count twice if its call were run again.
  case tooManyWrites

  /// Stable; part of the protocol.
  package var code: String {
    switch self {
    case .keyTooLong: "key-too-long"
    case .valueTooLong: "value-too-long"
    case .full: "store-full"
    case .overflow: "counter-overflow"
    case .tooManyWrites: "too-many-writes"
    }
  }

  /// For people.
  package var message: String {
    switch self {
    case .keyTooLong(let limit): "a key has at most \(limit) bytes"
    case .valueTooLong(let limit): "a value has at most \(limit) bytes"
    case .full: "the plugin has used up its room in the store"
    case .overflow: "the counter's sum does not fit into 64 bits"
    case .tooManyWrites: "calls that are not over have made as many writes as can be remembered"
    }
  }
}
