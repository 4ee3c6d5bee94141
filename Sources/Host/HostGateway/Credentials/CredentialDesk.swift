// SPDX-License-Identifier: Apache-2.0

import HostPools
import HostSigning
import Logging
import NIOCore

/// Gets credentials for all workers, on the loop of one of them and over its connections.
///
/// One place for all of them, because who gives credentials counts how often it is asked: the metadata servers of clouds
/// answer a handful of questions a second, and a host has as many loops as the machine has cores.
final class CredentialDesk {
  typealias Cache = TokenCache<CredentialKey, Credential, CredentialFailure>
  typealias Answer = (Result<Cache.Token, CredentialFailure>) -> Void

  /// Bytes of an answer, and nanoseconds until it must be there.
  private static let answerLimit: UInt64 = 64 << 10
  private static let timeout: UInt64 = 10_000_000_000

  private unowned let worker: Worker
  private var cache = Cache()
  private var waiting: [Cache.Waiter: Answer] = [:]
  private var lastWaiter: Cache.Waiter = 0
  private var fetches: [CredentialKey: HTTPServiceCall] = [:]

  init(worker: Worker) { self.worker = worker }

  /// Gives a credential: at once when there is one.
  func ask(_ key: CredentialKey, _ source: CredentialSource, _ answer: @escaping Answer) {
    lastWaiter += 1
    switch cache.ask(key, waiter: lastWaiter, now: worker.now()) {
    case .use(let token, let fetches):
      answer(.success(token))
      if fetches { fetch(key, source) }
    case .wait(let fetches):
      waiting[lastWaiter] = answer
      if fetches { fetch(key, source) }
    case .fail(let failure): answer(.failure(failure))
    }
  }

  /// The credential was not accepted.
  func rejected(_ key: CredentialKey, serial: UInt64) {
    cache.rejected(key, serial: serial)
  }

  /// Nothing is asked any more, and who waits has waited in vain.
  func stop() {
    for call in fetches.values { call.cancel() }
    fetches = [:]
    complete(cache.stop(), .failure(CredentialFailure(.unavailable, "the host is shutting down")))
  }

  private func complete(
    _ waiters: [Cache.Waiter], _ result: Result<Cache.Token, CredentialFailure>
  ) {
    for waiter in waiters { waiting.removeValue(forKey: waiter)?(result) }
  }

  private func fetch(_ key: CredentialKey, _ source: CredentialSource) {
    do throws(CredentialFailure) {
      let request = try source.request(seconds: Self.time)
      let prepared: PreparedRequest
      do {
        prepared = try PreparedRequest(request)
      } catch {
        throw CredentialFailure(.unusable, error.message)
      }
      let call = HTTPServiceCall.start(
        prepared, signer: request.signer.map { .aws($0) }, secrets: { _ in nil },
        limit: Self.answerLimit, deadline: worker.now() &+ Self.timeout, worker: worker
      ) { [self] outcome in
        fetches[key] = nil
        answered(key, source, outcome, by: prepared.origin.authority)
      }
      if let call, cache.isFetching(key) { fetches[key] = call }
    } catch {
      failed(key, source, error)
    }
  }

  private func answered(
    _ key: CredentialKey, _ source: CredentialSource, _ outcome: ServiceOutcome,
    by authority: String
  ) {
    do throws(CredentialFailure) {
      guard case .response(let status, _, _, let body) = outcome else {
        guard case .error(let code, let message) = outcome else {
          preconditionFailure("a request is answered with a response or an error")
        }
        throw CredentialFailure(.unavailable, "\(code): \(message)")
      }
      let (credential, lifetime) = try source.credential(
        status: status, body: Array(body.readableBytesView), seconds: Self.time)
      let (token, waiters) = cache.fetched(
        key, credential, lifetime: lifetime, now: worker.now())
      complete(waiters, .success(token))
    } catch {
      failed(key, source, CredentialFailure(error.kind, "\(authority): \(error.message)"))
    }
  }

  private func failed(
    _ key: CredentialKey, _ source: CredentialSource, _ failure: CredentialFailure
  ) {
    let waiters = cache.failed(key, failure, now: worker.now())
    worker.logger.error(
      "credentials for upstreams were not got",
      metadata: ["grant": "\(source.name)", "reason": "\(failure.message)"])
    complete(waiters, .failure(failure))
  }

  /// Seconds since 1970.
  private static var time: UInt64 { WallClock.microseconds() / 1_000_000 }
}
