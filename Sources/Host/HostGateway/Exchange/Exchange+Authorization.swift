// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostExchange
import HostHTTP
import HostSigning
import Logging
import NIOCore

/// What a try leaves with.
struct TryAuthorization {
  var signer: RequestSigner?
  /// The credential that was got from elsewhere, if it was.
  var credential: (key: CredentialKey, token: SharedCredentials.Token)?

  /// When the upstream does not take the credential, the next request that wants it shall have another one.
  func upstreamAnswered(_ status: Int, _ worker: Worker) {
    guard status == 401 || status == 403, let credential else { return }
    // AWS says 403 of keys that are over.
    if case .bearer = signer, status != 401 { return }
    worker.credentials.rejected(credential.token, of: credential.key)
  }
}

// The credentials that a plugin has asked for are got before there is a connection, anew for each try.
extension Exchange {
  /// Goes on with the try when there is what it leaves with; the try fails when there is none.
  func authorize(_ authorization: Authorization, _ proceed: @escaping () -> Void) {
    let need: Authorization.Need
    do throws(CredentialFailure) {
      if case .aws = authorization, !hasWholeBody {
        logRefusal("the request's body is not whole: nobody has subscribed to whole bodies")
        return failTry(.signatureNeedsBody)
      }
      need = try authorization.need(worker.credentials.environment) {
        [secrets = snapshot.secrets] in secrets.value(of: $0)
      }
    } catch {
      logRefusal(error.message)
      return failTry(.init(error))
    }
    switch need {
    case .keys(let keys, let scope):
      self.authorization = TryAuthorization(signer: .aws(AWSSigner(keys: keys, scope: scope)))
      proceed()
    case .fetched(let source, let scope): fetch(source, scope, proceed)
    }
  }

  private func fetch(
    _ source: CredentialSource, _ scope: AWSScope?, _ proceed: @escaping () -> Void
  ) {
    let number = tryNumber
    let key = source.key
    worker.credentials.get(key, source) { [self] result in
      guard number == tryNumber, machine.state == .trying else { return }
      switch result {
      case .success(let token):
        authorization = TryAuthorization(
          signer: RequestSigner(token.value, scope), credential: (key, token))
        tryStarted = worker.now()
        proceed()
        client?.resume()
      case .failure(let failure):
        logRefusal(failure.message)
        failTry(.init(failure))
      }
    }
  }

  /// All of the body is here, and not by chance: somebody of the chain has asked for it.
  private var hasWholeBody: Bool {
    guard request.isComplete else { return false }
    let subscribed = machine.subscribed
    return !request.head.hasBody || subscribed.buffersRequest || !subscribed.retry.isEmpty
  }

  private func failTry(_ error: HostError) {
    if !facts.tries.isEmpty { facts.tries[facts.tries.count - 1].error = error }
    on { $0.upstreamFailed(error, repeatable: false, &$1) }
  }

  private func logRefusal(_ reason: String) {
    worker.logger.warning(
      "a request cannot be authorised",
      metadata: ["reason": "\(reason)", "request_id": "\(requestID.text)"])
  }
}

extension HostError {
  init(_ failure: CredentialFailure) {
    switch failure.kind {
    case .unusable: self = .credentialsUnusable
    case .unavailable: self = .credentialsUnavailable
    }
  }
}
