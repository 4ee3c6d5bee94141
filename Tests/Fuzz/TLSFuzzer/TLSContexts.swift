// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import HostTLS

/// A server, and clients that trust it and speak one version each.
struct TLSContexts {
  private let serving: TLSContext
  private let asking: [TLSFuzzer.Version: TLSContext]

  init() throws {
    let pair = try SelfSignedIdentity.make()
    let identity = try PreparedIdentity(TLSServerIdentity(pairs: [pair]))
    let protocols = ["h2", "http/1.1"]
    serving = try TLSContext(
      server: TLSIdentities([identity], fallback: 0), tickets: TicketKeys(),
      applicationProtocols: protocols)
    var asking: [TLSFuzzer.Version: TLSContext] = [:]
    for version in TLSFuzzer.Version.allCases {
      let context = try TLSContext(
        client: .certificates([pair.certificates]), applicationProtocols: protocols)
      let number = Int(version == .tls12 ? TLS1_2_VERSION : TLS1_3_VERSION)
      SSL_CTX_ctrl(context.pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, number, nil)
      SSL_CTX_ctrl(context.pointer, SSL_CTRL_SET_MAX_PROTO_VERSION, number, nil)
      asking[version] = context
    }
    self.asking = asking
  }

  func server() throws -> TLSEnd { try TLSEnd(serving, .server) }

  func client(_ version: TLSFuzzer.Version) throws -> TLSEnd {
    try TLSEnd(asking[version] ?? serving, .client(serverName: "localhost"))
  }
}
