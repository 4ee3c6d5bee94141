// SPDX-License-Identifier: Apache-2.0

import HostConfiguration

extension ControlPlane {
  /// Reads the certificates of a proposal, and notes what is wrong with them. Files are read anew each time, so that a
  /// certificate that was renewed counts.
  func readCertificates(_ proposal: inout Proposal) {
    let configuration = proposal.generation.configuration
    do throws(GatewayConfiguration.Invalid) {
      proposal.certificates = try ServerCertificates(configuration)
      proposal.generation.upstreams = try UpstreamSecurities(
        configuration, trusted: launched.settings.trustedCertificates,
        offersHTTP2: launched.settings.upstream.http2, former: generations.last?.upstreams)
    } catch {
      proposal.errors += error.errors
    }
  }
}
