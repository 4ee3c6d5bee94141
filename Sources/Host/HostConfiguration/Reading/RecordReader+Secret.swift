// SPDX-License-Identifier: Apache-2.0

extension RecordReader {
  /// A text that is shown nowhere, given as it is or by a vault reference.
  mutating func secret(_ name: String) -> SecretString? {
    switch value(name)?.content {
    case nil: return nil
    case .string(""): fail(name, "length must be at least 1")
    case .string(let text): return SecretString(text)
    case .secret(_, let secret): return secret
    default: fail(name, "expected a string")
    }
    return nil
  }
}
