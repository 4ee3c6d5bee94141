// SPDX-License-Identifier: Apache-2.0

/// `host:port`, with an IPv6 address in brackets.
package struct Address: Sendable, Equatable, CustomStringConvertible {
  /// Without brackets.
  package let host: String
  package let port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Nil: the text is no address.
  package init?(_ text: String) {
    guard
      let match = text.wholeMatch(
        of: /(?:\[([0-9A-Fa-f:.%a-z]+)\]|([0-9A-Za-z._-]+)):([0-9]{1,5})/),
      let host = match.1 ?? match.2, let port = Int(match.3), port <= 65535
    else { return nil }
    self.init(host: String(host), port: port)
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
