// SPDX-License-Identifier: Apache-2.0

/// Which of several things is meant by the name that a client asks for (SNI), by Kong's rule: the name itself, then
/// `*.example.com` for its first label, then `example.*` for its last, then `*`.
struct ServerNames: Sendable {
  /// In lower case.
  private var indices: [String: Int] = [:]
  private var isPlain = true

  /// Of two with the same name the first counts.
  mutating func add(_ name: String, _ index: Int) {
    let name = name.lowercased()
    if name.contains("*") { isPlain = false }
    if indices[name] == nil { indices[name] = index }
  }

  /// Nil: none is for it.
  ///
  /// - Parameter name: in lower case; nil: the client names nobody.
  func index(for name: String?) -> Int? {
    guard let name else { return indices["*"] }
    if let index = indices[name] { return index }
    guard !isPlain else { return nil }
    // A star stands for one label, and `*.com` for none of `example.com`.
    if let dot = name.firstIndex(of: "."), name[name.index(after: dot)...].contains("."),
      let index = indices["*" + name[dot...]]
    {
      return index
    }
    if let dot = name.lastIndex(of: "."), let index = indices[name[...dot] + "*"] { return index }
    return indices["*"]
  }
}
