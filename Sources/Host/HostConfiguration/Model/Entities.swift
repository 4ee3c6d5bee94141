// SPDX-License-Identifier: Apache-2.0

package import HostRouting

/// Kong's service: an upstream, and how it is reached.
package struct Service: Sendable {
  package var id = ""
  package var name = ""
  package var isSecure = false
  package var host = ""
  package var port = 80
  /// Empty, or with a slash in front.
  package var path = ""
  package var retries = 5
  /// Milliseconds.
  package var connectTimeout = 60_000
  package var writeTimeout = 60_000
  package var readTimeout = 60_000
  package var isEnabled = true
  package var tls = ServiceTLS()
  package var tags: [String] = []
  package var place = Place()
  package var line = 0
}

/// Kong's route: which requests, and to which service.
package struct Route: Sendable {
  /// A header that requests must have, and the values of which it must have one.
  package struct Header: Sendable, Equatable {
    package var name: String
    package var values: [String]
  }

  package var id = ""
  package var name = ""
  package var paths: [String] = []
  package var methods: [String] = []
  package var hosts: [String] = []
  package var headers: [Header] = []
  package var snis: [String] = []
  package var protocols: [String] = []
  /// What a request is answered with that should have come over TLS.
  package var httpsRedirectStatus = 426
  package var stripPath = true
  package var preserveHost = false
  package var pathHandling = UpstreamPath.Handling.v0
  package var regexPriority = 0
  /// Bodies are held for whom they must be held; neither says more.
  package var requestBuffering = true
  package var responseBuffering = true
  /// Seconds since 1970; nil: the file does not say.
  package var createdAt: Int?
  package var tags: [String] = []
  /// Index into the configuration's services; nil: a route without one.
  package var service: Int?
  package var place = Place()
  package var line = 0
}

extension Route {
  /// Whether requests must come over TLS.
  package var isSecureOnly: Bool { protocols.contains("https") && !protocols.contains("http") }
}

/// Which plugins an entry's requests run through later, and which earlier, whatever the priorities say.
package struct PluginOrdering: Sendable, Equatable {
  package var before: [String] = []
  package var after: [String] = []
  package var isEmpty: Bool { before.isEmpty && after.isEmpty }
}

/// One `plugins:` entry: a plugin, where it applies, and its config.
package struct PluginInstance: Sendable {
  package var id = ""
  package var name = ""
  package var isEnabled = true
  package var config = ConfigurationValue(.object([]))
  /// Indices; nil on all: everywhere.
  package var service: Int?
  package var route: Int?
  package var consumer: Int?
  package var consumerGroup: Int?
  /// What a request must come over, of `http` and `https`; empty: either.
  package var protocols: [String] = []
  package var ordering = PluginOrdering()
  package var tags: [String] = []
  package var place = Place()
  package var line = 0
}
