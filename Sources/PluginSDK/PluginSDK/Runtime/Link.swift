// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// One connection of a session: cuts what comes in into frames and collects what goes out.
package class Link {
  /// What waits to be written.
  package let output = FrameOutput()
  /// What was read.
  package let input: FrameInput
  unowned let session: PluginSession

  init(session: PluginSession, decoder: FrameDecoder) {
    self.session = session
    input = FrameInput(decoder)
  }

  /// Handles the frames that are whole. A violation ends the session.
  package func receive() {
    do throws(ProtocolViolation) {
      while session.end == nil, let frame = try input.next() { try receive(frame) }
    } catch {
      session.fail(PeerFailure(code: "protocol-violation", message: error.rawValue))
    }
  }

  func receive(_ frame: Frame) throws(ProtocolViolation) {
    preconditionFailure("the subclass knows its frames")
  }
}
