// SPDX-License-Identifier: Apache-2.0

/// Where a request goes instead of its service's address.
public struct Target: Sendable, Hashable {
  /// `http` or `https`.
  public var scheme: String
  /// A name or a numeric address.
  public var host: String
  /// Nil: the scheme's default.
  public var port: Int?

  /// A target.
  public init(scheme: String = "https", host: String, port: Int? = nil) {
    self.scheme = scheme
    self.host = host
    self.port = port
  }
}
