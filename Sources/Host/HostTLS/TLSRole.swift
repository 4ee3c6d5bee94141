// SPDX-License-Identifier: Apache-2.0

/// Which end of a connection this one is.
package enum TLSRole: Sendable, Hashable {
  /// Speaks first, and expects a certificate for this host: a DNS name (with or without its final
  /// dot; A-labels, no Unicode) or an IP address (IPv6 with or without brackets). Names are sent as
  /// SNI, addresses never are (RFC 6066, section 3). The port only tells servers of one host apart,
  /// whose sessions are not each other's.
  case client(serverName: String, port: Int = 443)
  /// Answers with the certificate that its context has for the client's wish.
  case server
}
