// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import HostSigning
import NIOCore

/// Puts a credential into a head that is about to leave.
enum RequestSigner {
  case bearer(KeyBytes)
  case aws(AWSSigner)

  /// Nil: keys that nothing says what they sign for.
  init?(_ credential: Credential, _ scope: AWSScope?) {
    switch credential {
    case .bearer(let token): self = .bearer(token)
    case .aws(let keys):
      guard let scope else { return nil }
      self = .aws(AWSSigner(keys: keys, scope: scope))
    }
  }

  /// Before the head is written: takes out whatever else was meant to authorise the request.
  func edit(_ edits: inout HeaderEdits) {
    switch self {
    case .bearer(let token):
      edits.set("Authorization", Array("Bearer ".utf8) + token.revealed)
    case .aws: for name in AWSSigner.ownFields { edits.remove(name) }
    }
  }

  /// When the head is written: adds what depends on all of it.
  func sign(_ head: inout ByteBuffer, body: ByteBuffer) {
    guard case .aws(let signer) = self else { return }
    let fields = head.withUnsafeReadableBytes { head in
      body.withUnsafeReadableBytes { body in
        signer.fields(for: head, body: body, seconds: WallClock.microseconds() / 1_000_000)
      }
    }
    head.moveWriterIndex(to: head.writerIndex - 2)  // the empty line
    for field in fields {
      head.writeStaticString(field.name)
      head.writeStaticString(": ")
      head.writeBytes(field.value)
      head.writeStaticString("\r\n")
    }
    head.writeStaticString("\r\n")
  }
}
