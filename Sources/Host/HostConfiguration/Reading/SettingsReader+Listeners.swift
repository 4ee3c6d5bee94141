// SPDX-License-Identifier: Apache-2.0

extension SettingsReader {
  /// A field of listeners: a string in the form of Kong's `proxy_listen`, or a list of such.
  ///
  /// - Returns: nil: the field is not there, or wrong.
  func listeners(_ name: String, _ record: inout RecordReader, mayBeOff: Bool) -> [Listener]? {
    guard let value = record.value(name) else { return nil }
    var listeners: [Listener] = []
    func parse(_ text: String) -> String? {
      do throws(Listener.Invalid) {
        listeners += try Listener.list(parsing: text)
        return nil
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
    } else if listeners.isEmpty, !mayBeOff {
      record.fail(name, "at least one address is needed")
    }
    return listeners
  }
}
