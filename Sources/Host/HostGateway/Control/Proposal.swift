// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostProcesses
import PluginProtocol

/// A configuration on its way: the releases that have to accept it, and what they say. Nothing of it serves yet.
struct Proposal: Sendable {
  /// A release that is asked.
  struct Candidate: Sendable {
    enum Part: Sendable {
      /// Its processes go on.
      case kept
      /// The plugin had none.
      case started
      /// They take the place of others.
      case replacing
      /// It serves a share of the exchanges.
      case canary
    }

    let part: Part
    var release: RunningRelease
    var instances: [ControlMessage.Configure.Instance] = []
    var answer: ControlMessage.Configured?

    /// Whether its processes are there for this proposal only.
    var isNew: Bool {
      switch part {
      case .started, .replacing: true
      case .kept, .canary: false
      }
    }

    /// The release with what it has accepted.
    func configured(with generation: UInt64) -> RunningRelease {
      var release = release
      if let answer {
        release.accepted.append(
          .init(generation: generation, instances: instances, answer: answer))
      }
      return release
    }
  }

  var generation: Generation
  var candidates: [Candidate] = []
  /// Who the gateway is to clients; nil: something is wrong with it.
  var certificates: ServerCertificates?
  /// What is wrong with it.
  var errors: [ConfigurationError] = []

  var invalid: GatewayConfiguration.Invalid? {
    var unique: [ConfigurationError] = []
    for error in errors where !unique.contains(error) { unique.append(error) }
    return unique.isEmpty ? nil : GatewayConfiguration.Invalid(errors: unique)
  }

  /// What would serve, by plugin.
  var releases: [String: RunningRelease] {
    var releases: [String: RunningRelease] = [:]
    for candidate in candidates {
      if case .canary = candidate.part { continue }
      releases[candidate.release.plugin] = candidate.configured(with: generation.number)
    }
    return releases
  }

  /// The canary, if it goes on.
  var canary: RunningRelease? {
    for candidate in candidates {
      if case .canary = candidate.part { return candidate.configured(with: generation.number) }
    }
    return nil
  }
}

/// A release that serves only exchanges which began with a former generation.
struct Orphan: Sendable {
  let plugin: String
  let release: UInt64
  /// The newest generation that needs it.
  let through: UInt64
}
