// SPDX-License-Identifier: Apache-2.0

/// Where connections are taken, and how: an address with the options of Kong's `proxy_listen`.
package struct Listener: Sendable, Equatable {
  package var address: Address
  /// `ssl`: clients speak TLS.
  package var isSecure = false
  /// `http2`: clients may speak HTTP/2, by ALPN over TLS, else by prior knowledge.
  package var offersHTTP2 = false
  /// `proxy_protocol`: each connection begins with a PROXY header that says who the client is.
  package var acceptsProxyProtocol = false
  /// `reuseport`: each event loop has a socket of its own, and the kernel deals connections to them.
  package var reusesPort = false
  /// `backlog=N`: connections that may wait to be taken.
  package var backlog = standardBacklog

  package static let standardBacklog = 4096

  package init(_ address: Address) { self.address = address }

  /// Why a text is no listener.
  package struct Invalid: Error {
    package let message: String
  }

  /// Reads one listener: `0.0.0.0:8443 ssl http2 backlog=1024`.
  package init(parsing text: some StringProtocol) throws(Invalid) {
    let words = text.split(separator: " ")
    guard let first = words.first, let address = Address(String(first)) else {
      throw Invalid(message: "expected an address such as 127.0.0.1:8000 or [::1]:8000")
    }
    self.init(address)
    var seen: Set<Substring> = []
    for word in words.dropFirst().map({ Substring($0) }) {
      let name = word.prefix { $0 != "=" }
      guard seen.insert(name).inserted else {
        throw Invalid(message: "the option '\(name)' occurs twice")
      }
      switch word {
      case "ssl": isSecure = true
      case "http2": offersHTTP2 = true
      case "proxy_protocol": acceptsProxyProtocol = true
      case "reuseport": reusesPort = true
      case _ where name == "backlog":
        guard let number = Int(word.dropFirst("backlog=".count)), (1...65_535).contains(number)
        else { throw Invalid(message: "backlog should be between 1 and 65535") }
        backlog = number
      default:
        throw Invalid(
          message: "'\(word)' is no option of a listener; these are: ssl, http2, proxy_protocol, "
            + "reuseport, backlog=N")
      }
    }
  }

  /// Reads listeners behind commas. `off`: none.
  package static func list(parsing text: String) throws(Invalid) -> [Listener] {
    guard text != "off" else { return [] }
    var listeners: [Listener] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      listeners.append(try Listener(parsing: part))
    }
    return listeners
  }

  /// Why the admin API cannot listen so; nil: it can.
  package var unfitForAdmin: String? {
    var plain = Listener(address)
    plain.isSecure = isSecure
    return self == plain ? nil : "the admin API has no options but ssl"
  }

  /// An address that stands in the list twice, where only one can have it.
  package static func repeated(in listeners: [Listener]) -> Address? {
    for (index, listener) in listeners.enumerated() where listener.address.port != 0 {
      if listeners[..<index].contains(where: { $0.address == listener.address }) {
        return listener.address
      }
    }
    return nil
  }
}

extension Listener: CustomStringConvertible {
  /// As it is written, without options that say what is so anyway.
  package var description: String {
    var text = "\(address)"
    if isSecure { text += " ssl" }
    if offersHTTP2 { text += " http2" }
    if acceptsProxyProtocol { text += " proxy_protocol" }
    if reusesPort { text += " reuseport" }
    if backlog != Self.standardBacklog { text += " backlog=\(backlog)" }
    return text
  }
}
