// SPDX-License-Identifier: Apache-2.0

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
  package var id = ""
  package var name = ""
  package var paths: [String] = []
  package var methods: [String] = []
  package var hosts: [String] = []
  package var protocols: [String] = []
  package var stripPath = true
  package var preserveHost = false
  package var regexPriority = 0
  package var tags: [String] = []
  /// Index into the configuration's services; nil: a route without one.
  package var service: Int?
  package var place = Place()
  package var line = 0
}

/// One `plugins:` entry: a plugin, where it applies, and its config.
package struct PluginInstance: Sendable {
  package var id = ""
  package var name = ""
  package var isEnabled = true
  package var config = ConfigurationValue(.object([]))
  /// Indices; nil on both: everywhere.
  package var service: Int?
  package var route: Int?
  package var tags: [String] = []
  package var place = Place()
  package var line = 0
}
