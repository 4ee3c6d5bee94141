// SPDX-License-Identifier: Apache-2.0

/// A declarative file, read and checked as far as the host alone can: the configs of plugins are checked by the plugins.
package struct GatewayConfiguration: Sendable {
  package var services: [Service] = []
  package var routes: [Route] = []
  package var plugins: [PluginInstance] = []
  package var consumers: [Consumer] = []
  package var consumerGroups: [ConsumerGroup] = []
  package var credentials: [Credential] = []
  /// Kong's `_transform`: passwords stand in the file as they are, not as hashes.
  package var hasPlainPasswords = true
  package var certificates: [Certificate] = []
  package var authorities: [CACertificate] = []
  package var settings = HostSettings()
  /// What it was read from.
  package var document = ConfigurationValue(.object([]))

  package init() {}

  /// Everything that is wrong with a file, in the order of its lines.
  package struct Invalid: Error, Sendable {
    package let errors: [ConfigurationError]
    /// What could be read all the same, so that more can be found; never to be run.
    package let readable: GatewayConfiguration?

    package init(errors: [ConfigurationError], readable: GatewayConfiguration? = nil) {
      self.readable = readable
      self.errors = errors.sorted {
        ($0.line, $0.place.description) < ($1.line, $1.place.description)
      }
    }
  }

  /// Reads a configuration.
  ///
  /// - Parameter environment: the value of an environment variable.
  package static func parse(
    _ text: String, environment: (String) -> String?
  ) throws(Invalid) -> GatewayConfiguration {
    let document: (value: ConfigurationValue, errors: [ConfigurationError])
    do {
      document = try YAMLReader.parse(text)
    } catch {
      throw Invalid(errors: [error])
    }
    var errors = document.errors
    let value = resolve(document.value, Place(), environment, &errors)
    var reader = DeclarativeReader()
    reader.read(value)
    reader.configuration.document = value.hidingCredentials()
    errors += reader.errors
    guard errors.isEmpty else { throw Invalid(errors: errors, readable: reader.configuration) }
    return reader.configuration
  }

  private static func resolve(
    _ value: ConfigurationValue, _ place: Place, _ environment: (String) -> String?,
    _ errors: inout [ConfigurationError]
  ) -> ConfigurationValue {
    var result = value
    switch value.content {
    case .string(let text):
      do throws(VaultReference.Unresolved) {
        guard let reference = try VaultReference.parse(text) else { break }
        result.content = .secret(reference: text, value: try reference.resolve(environment))
      } catch {
        errors.append(ConfigurationError(place, error.message, line: value.line))
      }
    case .array(let elements):
      result.content = .array(
        elements.enumerated().map { resolve($1, place[$0], environment, &errors) })
    case .object(let members):
      result.content = .object(
        members.map { member in
          var member = member
          member.value = resolve(member.value, place[member.name], environment, &errors)
          return member
        })
    case .null, .bool, .number, .secret: break
    }
    return result
  }
}
