// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// Reads the `patchbay:` block.
struct SettingsReader {
  /// The plugins that the configuration names.
  let plugins: Set<String>
  private(set) var errors: [ConfigurationError] = []
  /// Every field that was asked for, as the documentation writes it.
  private(set) var fields: Set<String> = []

  init(plugins: Set<String>) { self.plugins = plugins }

  mutating func read(_ value: ConfigurationValue, _ place: Place) -> HostSettings {
    var settings = HostSettings()
    var record = RecordReader(value, at: place)
    settings.listen = listeners("listen", &record, isAdmin: false) ?? settings.listen
    settings.admin = listeners("admin", &record, isAdmin: true) ?? settings.admin
    if let tls = record.value("tls") { settings.tls = readTLS(tls, place["tls"]) }
    settings.pluginsDirectory = record.string("plugins_directory") ?? settings.pluginsDirectory
    settings.logLevel =
      record.oneOf(
        "log_level", ["trace", "debug", "info", "notice", "warning", "error", "critical"])
      ?? settings.logLevel
    settings.workers = record.integer("workers", in: 1...1024)
    settings.cpuLatency = record.integer("cpu_latency", in: 0...1_000_000)
    settings.trustedCertificates = record.string("trusted_certificates")
    if let plugins = record.value("plugins") { readPlugins(plugins, place["plugins"], &settings) }
    settings.sandbox =
      record.oneOf("sandbox", HostSettings.Sandbox.allCases.map(\.rawValue))
      .flatMap(HostSettings.Sandbox.init) ?? settings.sandbox
    if let limits = record.value("limits") { readLimits(limits, place["limits"], &settings) }
    settings.clients.readAddresses(&record)
    settings.clients.readHeaders(&record)
    if let upstream = record.value("upstream") {
      settings.upstream = readUpstream(upstream, place["upstream"])
    }
    if let processes = record.value("processes") {
      if processes.members == nil { record.fail("processes", "expected a map") }
      for member in processes.members ?? [] {
        let place = place["processes"][member.name]
        settings.processes[member.name] = readProcesses(member.value, place)
        if !plugins.contains(member.name) {
          errors.append(
            ConfigurationError(
              place, "no plugin of this name is configured", line: member.value.line))
        }
      }
    }
    finish(record, "")
    return settings
  }

  private mutating func readPlugins(
    _ value: ConfigurationValue, _ place: Place, _ settings: inout HostSettings
  ) {
    var record = RecordReader(value, at: place)
    settings.requiresSignedPlugins = record.boolean("require_signed") ?? false
    settings.trustedKeys = record.string("trusted_keys")
    finish(record, "plugins.")
  }

  private mutating func readLimits(
    _ value: ConfigurationValue, _ place: Place, _ settings: inout HostSettings
  ) {
    var record = RecordReader(value, at: place)
    settings.requestBody = record.bytes("request_body") ?? settings.requestBody
    settings.responseBody = record.bytes("response_body") ?? settings.responseBody
    settings.retryBody = record.bytes("retry_body", least: 0) ?? settings.retryBody
    settings.requestHead = record.bytes("request_head") ?? settings.requestHead
    settings.headerCount = record.integer("header_count", in: 8...4096) ?? settings.headerCount
    if !(1024...1 << 20).contains(settings.requestHead) {
      record.fail("request_head", "value should be between 1KiB and 1MiB")
    }
    settings.clients.readLimits(&record, requestHead: settings.requestHead)
    finish(record, "limits.")
  }

  private mutating func readProcesses(
    _ value: ConfigurationValue, _ place: Place
  ) -> HostSettings.Processes {
    var processes = HostSettings.Processes()
    var record = RecordReader(value, at: place)
    processes.instances = instances(&record) ?? processes.instances
    processes.failsOpen = record.oneOf("on_failure", ["open", "closed"]).map { $0 == "open" }
    processes.deadline = record.integer("deadline", in: 1...3_600_000)
    processes.drainTimeout =
      record.integer("drain_timeout", in: 0...3_600_000) ?? processes.drainTimeout
    processes.memory = record.bytes("memory") ?? processes.memory
    if processes.memory < Self.leastMemory {
      record.fail("memory", "value should be at least \(Self.leastMemory >> 20)MiB")
    }
    processes.permissions = record.strings("permissions") { text in
      PackagePermission(text) == nil
        ? "expected network, processes, read:/PATH or write:/PATH, with an absolute path" : nil
    }.compactMap(PackagePermission.init)
    finish(record, "processes.NAME.")
    return processes
  }

  private func instances(_ record: inout RecordReader) -> HostSettings.Instances? {
    switch record.value("instances")?.content {
    case nil: return nil
    case .number: return record.integer("instances", in: 1...256).map { .fixed($0) }
    case .string("auto"): return .auto
    default:
      record.fail("instances", "expected auto or an integer")
      return nil
    }
  }

  /// Bytes with which no plugin could start.
  private static let leastMemory = 16 << 20

  mutating func finish(_ record: RecordReader, _ prefix: String) {
    errors += record.finish()
    fields.formUnion(record.known.map { prefix + $0 })
  }
}
