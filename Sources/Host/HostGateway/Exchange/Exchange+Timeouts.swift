// SPDX-License-Identifier: Apache-2.0

import HostExchange

// The upstream's timeouts, as nginx means them: between two successive reads or writes.
extension Exchange {
  /// They run while it is the upstream's turn: to take the request, or to answer it.
  func checkUpstream(now: UInt64) {
    guard let upstream, let destination, !upstream.isPaused else { return }
    switch machine.state {
    case .trying, .flowing, .awaitingResponseBody: break
    default: return  // it waits for a plugin
    }
    let timeout: UInt64
    if !upstream.isWritable {
      // Some of what is on its way may have left since the last look.
      let unsent = upstream.unsentBytes
      if unsent != upstreamUnsent { upstream.touch(now) }
      upstreamUnsent = unsent
      timeout = destination.writeTimeout
    } else if request.isComplete || response.isUpgrade {
      timeout = destination.readTimeout
    } else {
      return upstream.touch(now)  // it waits for the client, who has timeouts of its own
    }
    if now &- upstream.lastActivity > timeout { upstream.timedOut() }
  }
}
