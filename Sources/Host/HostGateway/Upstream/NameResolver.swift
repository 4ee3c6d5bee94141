// SPDX-License-Identifier: Apache-2.0

import HostNames
import HostPools
import Logging
import NIOCore
import NIOPosix

/// The names of upstreams on one event loop: what is known of them, and lookups off the loop for what is not.
final class NameResolver {
  typealias Completion = (Result<[String], any Error>) -> Void

  /// A name that a moment ago could not be looked up.
  struct Unresolved: Error, CustomStringConvertible {
    let description: String
  }

  /// One silent name server must not hold up the names of others.
  private static let threads: NIOThreadPool = {
    let threads = NIOThreadPool(numberOfThreads: 4)
    threads.start()
    return threads
  }()

  private let loop: any EventLoop
  private let lookup: NameLookup
  private let logger: Logger
  private var cache: NameCache<String>
  private var waiting: [String: [Completion]] = [:]
  /// A name's addresses are others than before.
  var onChange: (_ name: String, _ addresses: [String]) -> Void = { _, _ in }

  init(
    loop: any EventLoop, lookup: NameLookup, times: NameCache<String>.Times, logger: Logger
  ) {
    self.loop = loop
    self.lookup = lookup
    self.logger = logger
    cache = NameCache(times: times)
  }

  /// The addresses of a host, the one to be tried first in front; at once where they are known.
  func addresses(of host: String, _ completed: @escaping Completion) {
    switch cache.find(host, now: now) {
    case .addresses(let addresses, let isOld):
      if isOld { lookUp(host) }
      completed(.success(addresses))
    case .unknown(let isFirst):
      waiting[host, default: []].append(completed)
      if isFirst { lookUp(host) }
    case .failed:
      completed(.failure(Unresolved(description: "\(host) could not be looked up")))
    }
  }

  /// Looks names up again that are in use and whose time is over.
  func refresh(_ names: some Sequence<String>) {
    for name in names where cache.isDue(name, now: now) { lookUp(name) }
    cache.expire(now: now)
  }

  private var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

  private func lookUp(_ host: String) {
    Self.threads.runIfActive(eventLoop: loop) { [lookup] in lookup(host) }
      .assumeIsolated().whenComplete { [self] result in
        switch result {
        case .success(let outcome): ended(host, outcome)
        case .failure(let error):
          ended(host, .failure(NameLookup.Failure(isMissing: false, description: "\(error)")))
        }
      }
  }

  private func ended(_ host: String, _ outcome: Result<NameLookup.Found, NameLookup.Failure>) {
    switch outcome {
    case .success(let found):
      if cache.found(host, found.addresses, for: found.time, now: now) {
        onChange(host, found.addresses)
      }
    case .failure(let failure):
      cache.failed(host, isMissing: failure.isMissing, now: now)
      logger.warning(
        "a name could not be looked up", metadata: ["name": "\(host)", "error": "\(failure)"])
    }
    for completed in waiting.removeValue(forKey: host) ?? [] {
      switch (outcome, cache.find(host, now: now)) {
      case (_, .addresses(let addresses, _)): completed(.success(addresses))
      case (.failure(let failure), _): completed(.failure(failure))
      case (.success, _): completed(.failure(Unresolved(description: "\(host) has no address")))
      }
    }
  }
}
