// SPDX-License-Identifier: Apache-2.0

/// What the connections to an origin are secured with, where it is not what all others are secured with.
package protocol OriginSecurity: AnyObject, Sendable {}

/// Where an upstream connection leads: connections to the same origin are interchangeable.
package struct Origin: Sendable {
  package let isSecure: Bool
  /// Lower case; an IPv6 address without brackets.
  package let host: String
  package let port: Int
  /// The value of the Host header: the port only where it is not the scheme's own.
  package let authority: String
  /// Nil: as all others.
  package let security: (any OriginSecurity)?
  /// Nil: it is connected to itself.
  package let proxy: ForwardProxy?
  /// Of all of it, made once: an origin is looked up for every request.
  private let digest: Int

  package init(
    isSecure: Bool, host: String, port: Int, security: (any OriginSecurity)? = nil,
    proxy: ForwardProxy? = nil
  ) {
    self.isSecure = isSecure
    self.security = isSecure ? security : nil
    self.host = host.lowercased()
    self.port = port
    self.proxy = proxy
    let name = self.host.contains(":") ? "[\(self.host)]" : self.host
    authority = port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    var hasher = Hasher()
    hasher.combine(isSecure)
    hasher.combine(self.host)
    hasher.combine(port)
    if let security = self.security { hasher.combine(ObjectIdentifier(security)) }
    hasher.combine(proxy)
    digest = hasher.finalize()
  }

  /// The same place, secured with this.
  package func secured(by security: (any OriginSecurity)?) -> Origin {
    security == nil
      ? self
      : Origin(isSecure: isSecure, host: host, port: port, security: security, proxy: proxy)
  }

  /// The same place, reached through this.
  package func reached(through proxy: ForwardProxy?) -> Origin {
    proxy == nil
      ? self
      : Origin(isSecure: isSecure, host: host, port: port, security: security, proxy: proxy)
  }

  /// The host that is connected to.
  package var peerHost: String { proxy?.host ?? host }
  /// The port there.
  package var peerPort: Int { proxy?.port ?? port }
}

extension Origin: Hashable {
  package static func == (left: Origin, right: Origin) -> Bool {
    left.digest == right.digest && left.port == right.port && left.isSecure == right.isSecure
      && left.host == right.host && left.security === right.security && left.proxy == right.proxy
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}
