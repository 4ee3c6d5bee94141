// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostPools
import HostRouting

/// Where the requests of a route go, and through what. A class, so that an exchange holds it by one reference.
final class Destination: Sendable {
  let origin: Origin
  /// The service's path, in front of the request's.
  let path: [UInt8]
  let stripPath: Bool
  let pathHandling: UpstreamPath.Handling
  /// What a request that did not come over TLS is answered with; nil: it may come without.
  let httpsRedirectStatus: Int?
  let preserveHost: Bool
  /// Whether the bodies of requests are kept for another try.
  let buffersRequests: Bool
  /// How often an upstream may be tried, the first time included.
  let tries: Int
  /// Nanoseconds.
  let connectTimeout: UInt64
  let writeTimeout: UInt64
  let readTimeout: UInt64
  /// Through what requests go that come in clear text, and that come over TLS.
  private let chains: (clear: RouteChains, secure: RouteChains)
  let serviceName: String
  let routeName: String
  /// The entities as JSON, for logs.
  let serviceJSON: String
  let routeJSON: String

  /// - Parameters:
  ///   - service: none for a route whose plugins answer by themselves.
  ///   - security: what the service asks for of its own.
  init(
    of route: Route, to service: Service?, security: UpstreamSecurity?,
    through chains: (clear: RouteChains, secure: RouteChains)
  ) {
    func nanoseconds(_ milliseconds: Int?) -> UInt64 {
      UInt64(milliseconds ?? 60_000) * 1_000_000
    }
    origin = Origin(
      isSecure: service?.isSecure ?? false, host: service?.host ?? "",
      port: service?.port ?? 80, security: security)
    path = Array((service?.path ?? "").utf8)
    stripPath = route.stripPath
    pathHandling = route.pathHandling
    httpsRedirectStatus = route.isSecureOnly ? route.httpsRedirectStatus : nil
    preserveHost = route.preserveHost
    buffersRequests = route.requestBuffering
    tries = 1 + (service?.retries ?? 5)
    connectTimeout = nanoseconds(service?.connectTimeout)
    writeTimeout = nanoseconds(service?.writeTimeout)
    readTimeout = nanoseconds(service?.readTimeout)
    self.chains = chains
    serviceName = service?.name ?? ""
    routeName = route.name
    serviceJSON = service?.json ?? ""
    routeJSON = route.json(serviceID: service?.id)
  }

  /// Through what a request goes.
  func chains(isSecure: Bool) -> RouteChains { isSecure ? chains.secure : chains.clear }
}
