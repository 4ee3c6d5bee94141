// SPDX-License-Identifier: Apache-2.0

import HostExchange

/// The chains of one route. Which one an exchange runs through is known by who its client is, and that only when it has run
/// through the first steps: so all have the same plugins at the same places, and each plugin the instance that is meant.
struct RouteChains: Sendable {
  /// For whoever no plugin is configured for, and for all as long as it is not known who they are.
  let anyone: Chain
  /// Those for others, by the number of the scope; none where it would be the same.
  private let scoped: [Int: Chain]
  /// The same, but up to the step that tells who the client is as for anyone.
  private let switched: [Switch: Chain]

  private struct Switch: Hashable {
    let step: Int
    let scope: Int
  }

  init(anyone: Chain = Chain(), scoped: [Int: Chain] = [:]) {
    self.anyone = anyone
    self.scoped = scoped
    var switched: [Switch: Chain] = [:]
    for step in anyone.plan.request where anyone.steps[step].mayAuthenticate {
      for (scope, chain) in scoped {
        let isSame = anyone.steps[...step].elementsEqual(chain.steps[...step]) { $0 === $1 }
        switched[Switch(step: step, scope: scope)] =
          isSame ? chain : anyone.joined(with: chain, from: step + 1)
      }
    }
    self.switched = switched
  }

  /// What the exchange goes on with; nil: with the chain that it has.
  ///
  /// - Parameters:
  ///   - step: that told who the client is.
  ///   - former: the chain that the exchange has, if that is not the one for anyone.
  ///   - scope: of the client.
  func next(behind step: Int, of former: Chain?, for scope: Int?) -> Chain? {
    guard let former else {
      return scope.flatMap { switched[Switch(step: step, scope: $0)] }
    }
    // Told twice: the steps up to the second teller are those of the first one.
    return former.joined(with: scope.flatMap { scoped[$0] } ?? anyone, from: step + 1)
  }
}

extension ChainStep {
  /// Whether its replies may tell who the client is.
  var mayAuthenticate: Bool { services.contains(ServiceHost.consumers) }
}
