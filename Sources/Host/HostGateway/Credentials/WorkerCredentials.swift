// SPDX-License-Identifier: Apache-2.0

import HostSigning
import NIOCore

/// The credentials that a worker's requests leave with: copies of what the desk has, so that a request asks nobody.
///
/// A copy is used to its end. From the moment at which the next one is wanted the desk is asked beside that, by one request
/// a second at most.
final class WorkerCredentials {
  typealias Token = SharedCredentials.Token

  private struct Copy {
    var token: Token
    /// When the desk is asked for another one; nil: it is being asked.
    var askAt: UInt64?
  }

  private static let capacity = 1024
  private static let askEvery: UInt64 = 1_000_000_000
  private unowned let worker: Worker
  private let shared: SharedCredentials
  private var copies: [CredentialKey: Copy] = [:]
  /// What the workers had been refused when the copies were made.
  private var refusals = 0

  init(worker: Worker, shared: SharedCredentials) {
    self.worker = worker
    self.shared = shared
  }

  var environment: HostEnvironment { shared.environment }

  /// Gives a credential, before it returns when there is a copy.
  func get(
    _ key: CredentialKey, _ source: CredentialSource,
    _ completed: @escaping (Result<Token, CredentialFailure>) -> Void
  ) {
    let now = worker.now()
    let refusals = shared.refusals
    if refusals != self.refusals {
      self.refusals = refusals
      copies.removeAll()
    }
    if let copy = copies[key], now < copy.token.endsAt {
      completed(.success(copy.token))
      guard let time = copy.askAt, now >= time else { return }
      copies[key]?.askAt = nil
      return ask(key, source) { [self] result in
        // A failure is the desk's to tell; this one is still good.
        if case .failure = result { copies[key]?.askAt = worker.now() &+ Self.askEvery }
      }
    }
    copies[key] = nil
    ask(key, source, completed)
  }

  /// The upstream did not accept the credential.
  func rejected(_ token: Token, of key: CredentialKey) {
    guard !token.isReplacement else { return }
    shared.rejected(key, serial: token.serial)
  }

  private func ask(
    _ key: CredentialKey, _ source: CredentialSource,
    _ completed: @escaping (Result<Token, CredentialFailure>) -> Void
  ) {
    shared.ask(key, source).hop(to: worker.loop).assumeIsolated().whenComplete { [self] result in
      switch result {
      case .success(let token):
        keep(token, of: key)
        completed(.success(token))
      case .failure(let error):
        let failure = error as? CredentialFailure
        completed(
          .failure(failure ?? CredentialFailure(.unavailable, "the host is shutting down")))
      }
    }
  }

  private func keep(_ token: Token, of key: CredentialKey) {
    let now = worker.now()
    if copies[key] == nil, copies.count >= Self.capacity {
      copies = copies.filter { now < $0.value.token.endsAt }
      if copies.count >= Self.capacity { copies.removeAll() }
    }
    copies[key] = Copy(token: token, askAt: max(token.staleAt, now &+ Self.askEvery))
  }
}
