// SPDX-License-Identifier: Apache-2.0

extension SettingsReader {
  /// A field of listeners: a string in the form of Kong's `proxy_listen`, or a list of such.
  ///
  /// - Parameter isAdmin: of the admin API, which can be off, and is not made for much traffic.
  /// - Returns: nil: the field is not there, or wrong.
  func listeners(_ name: String, _ record: inout RecordReader, isAdmin: Bool) -> [Listener]? {
    guard let value = record.value(name) else { return nil }
    var listeners: [Listener] = []
    func parse(_ text: String) -> String? {
      do throws(Listener.Invalid) {
        let parsed = try Listener.list(parsing: text)
        listeners += parsed
        return isAdmin ? parsed.compactMap(\.unfitForAdmin).first : nil
      } catch {
        return error.message
      }
    }
    if value.elements == nil {
      guard record.string(name, parse) != nil else { return nil }
    } else {
      let count = value.elements?.count
      guard record.strings(name, parse).count == count else { return nil }
    }
    if let address = Listener.repeated(in: listeners) {
      record.fail(name, "\(address) occurs twice")
    } else if listeners.isEmpty, !isAdmin {
      record.fail(name, "at least one address is needed")
    }
    return listeners
  }
}
