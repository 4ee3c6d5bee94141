// SPDX-License-Identifier: Apache-2.0

import HostSigning
import NIOCore
import Synchronization

/// The way from all workers to the one ``CredentialDesk``.
final class SharedCredentials: Sendable {
  typealias Token = CredentialDesk.Cache.Token

  let environment = HostEnvironment()
  private let refused = Atomic(0)
  private let loop: any EventLoop
  private let desk: NIOLoopBoundBox<CredentialDesk?>

  /// - Parameter loop: of the worker that will serve.
  init(loop: any EventLoop) {
    self.loop = loop
    desk = NIOLoopBoundBox.makeEmptyBox(valueType: CredentialDesk.self, eventLoop: loop)
  }

  /// The worker of this loop serves the others.
  func open(_ desk: CredentialDesk) { self.desk.value = desk }

  /// - Returns: a credential, or a ``CredentialFailure``.
  func ask(_ key: CredentialKey, _ source: CredentialSource) -> EventLoopFuture<Token> {
    let promise = loop.makePromise(of: Token.self)
    loop.execute {
      guard let desk = self.desk.value else {
        return promise.fail(CredentialFailure(.unavailable, "the host is shutting down"))
      }
      desk.ask(key, source) { promise.completeWith($0.mapError { $0 }) }
    }
    return promise.futureResult
  }

  /// How often an upstream has not accepted a credential: when it changes, copies may be no good.
  var refusals: Int { refused.load(ordering: .acquiring) }

  /// The credential was not accepted.
  func rejected(_ key: CredentialKey, serial: UInt64) {
    loop.execute { self.desk.value?.rejected(key, serial: serial) }
    // Who sees this asks the desk, which has been told by then.
    refused.add(1, ordering: .releasing)
  }

  /// Who waits has waited in vain.
  func stop() -> EventLoopFuture<Void> {
    loop.submit {
      self.desk.value?.stop()
      self.desk.value = nil
    }
  }
}
