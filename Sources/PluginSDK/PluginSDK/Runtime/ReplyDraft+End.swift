// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

extension ReplyDraft {
  /// Whether the plugin has dropped out of all that could follow the call. Its last reply says so, so that the host need not
  /// end the stream, and nobody keeps a state for it.
  func leavesNothing(after phase: Phase?, of instance: Instance) -> Bool {
    switch phase {
    case .request, .retry, .response: break
    // Of these the host knows which is the last, and says it with the call.
    case .chunk, .produce, .complete, nil: return false
    }
    let later = effects.later
    // Whoever changes nothing leaves it to the host, which knows the subscriptions too.
    guard later != Later() else { return false }
    // It will be asked for the body.
    if let respond, respond.body == nil { return false }
    return instance.subscriptions.allSatisfy { subscription in
      switch subscription.phase {
      case .request, .produce: true
      case .retry: phase == .response || later.retry == .drop
      case .response: phase == .response || later.response == .drop
      case .chunk: later.chunk == .drop
      case .complete: later.complete == .drop
      }
    }
  }
}
