// SPDX-License-Identifier: Apache-2.0

/// Why a config is refused. Thrown from a plugin's initializer.
public struct ConfigError: Error, Sendable, Hashable, CustomStringConvertible {
  /// One for each thing that is wrong.
  public let diagnostics: [ConfigDiagnostic]

  /// - Parameter pointer: JSON pointer into the config: `/model/name`; empty for the config itself.
  public init(_ pointer: String, _ message: String) {
    diagnostics = [ConfigDiagnostic(pointer, message)]
  }

  /// Several things that are wrong.
  public init(_ diagnostics: [ConfigDiagnostic]) {
    self.diagnostics = diagnostics
  }

  /// Code or place, and message.
  public var description: String {
    diagnostics.map { "\($0.pointer): \($0.message)" }.joined(separator: "; ")
  }
}

/// Something about a config, and where.
public struct ConfigDiagnostic: Sendable, Hashable {
  /// JSON pointer (RFC 6901) into the config; empty for the config itself.
  public var pointer: String
  /// For people; holds nothing secret.
  public var message: String
  /// A warning does not refuse the config.
  public var isWarning: Bool

  /// One thing that is wrong.
  public init(_ pointer: String, _ message: String, isWarning: Bool = false) {
    self.pointer = pointer
    self.message = message
    self.isWarning = isWarning
  }
}

/// Thrown from a phase: the call failed, and the plugin's failure policy applies.
///
/// Code and message are seen by operators. Of other errors they only see the type's name, since an error
/// may hold anything.
public struct CallError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Stable, lower case, with hyphens.
  public let code: String
  /// For people; holds nothing secret.
  public let message: String

  /// An error.
  public init(code: String, message: String) {
    self.code = code
    self.message = message
  }

  /// Code or place, and message.
  public var description: String { "\(code): \(message)" }
}
