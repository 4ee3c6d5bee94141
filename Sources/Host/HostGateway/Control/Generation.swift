// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import PluginProtocol

/// One whole configuration, accepted by all plugins or about to be.
struct Generation: Sendable {
  let number: UInt64
  let configuration: GatewayConfiguration
  /// Unix seconds.
  let since = Int(WallClock.microseconds() / 1_000_000)
  /// How its upstreams are known.
  var upstreams = UpstreamSecurities()
  /// Who its clients may be.
  let consumers: ConsumerDirectory
  /// What stands for its secrets in the plugins; gone with the last exchange that began with it.
  private(set) var secrets = SecretTable()

  init(_ number: UInt64, _ configuration: GatewayConfiguration) {
    self.number = number
    self.configuration = configuration
    consumers = ConsumerDirectory(configuration, accepted: since)
  }

  /// The plugins that it needs, sorted.
  var plugins: [String] {
    Set(configuration.plugins.filter(\.isEnabled).map(\.name)).sorted()
  }

  /// The configs of a plugin as it gets them, secrets concealed.
  mutating func instances(of manifest: PackageManifest) -> [ControlMessage.Configure.Instance] {
    var instances: [ControlMessage.Configure.Instance] = []
    let pointers = SecretPointers.find(in: manifest.configSchema)
    for (index, plugin) in configuration.plugins.enumerated()
    where plugin.isEnabled && plugin.name == manifest.name {
      let config = secrets.conceal(plugin.config, at: pointers, of: plugin.name)
      instances.append(
        ControlMessage.Configure.Instance(
          instance: UInt32(index), id: plugin.id, config: config.json(revealing: true)))
    }
    return instances
  }

  /// What is wrong with the configs, as a plugin sees it.
  func errors(in answer: ControlMessage.Configured) -> [ConfigurationError] {
    var errors: [ConfigurationError] = []
    for result in answer.instances.sorted(by: { $0.instance < $1.instance }) {
      let index = Int(result.instance)
      guard configuration.plugins.indices.contains(index) else { continue }
      let plugin = configuration.plugins[index]
      for diagnostic in result.diagnostics where !diagnostic.isWarning {
        errors.append(
          ConfigurationError(
            plugin.place["config"].appending(pointer: diagnostic.pointer, of: plugin.config),
            diagnostic.message, line: plugin.config.line(at: diagnostic.pointer)))
      }
      for file in result.logFiles where !plugin.config.contains(text: file) {
        errors.append(
          ConfigurationError(
            plugin.place["config"],
            "the plugin wants to write to a file that its config does not name"))
      }
      do {
        _ = try queues(of: result)
      } catch {
        errors.append(error)
      }
    }
    return errors
  }

  /// The queues of an instance.
  ///
  /// - Throws: what is wrong with the first one that cannot be.
  func queues(
    of answer: ControlMessage.Configured.Instance
  ) throws(ConfigurationError) -> [DeliveryTarget] {
    let plugin = configuration.plugins[Int(answer.instance)]
    var targets: [DeliveryTarget] = []
    for queue in answer.queues {
      do throws(DeliveryTarget.Problem) {
        targets.append(
          try DeliveryTarget(queue, of: plugin, secrets: secrets, generation: number))
      } catch {
        throw ConfigurationError(
          plugin.place["config"].appending(pointer: error.pointer, of: plugin.config),
          error.message, line: plugin.config.line(at: error.pointer))
      }
    }
    return targets
  }

  /// Something that is wrong with a plugin, at the first entry that names it.
  func error(of plugin: String, _ message: String) -> ConfigurationError {
    let entry = configuration.plugins.first { $0.name == plugin && $0.isEnabled }
    return ConfigurationError(entry?.place ?? Place(), message, line: entry?.line ?? 0)
  }
}
