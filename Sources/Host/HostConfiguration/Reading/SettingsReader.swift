// SPDX-License-Identifier: Apache-2.0

/// Reads the `patchbay:` block.
struct SettingsReader {
  private(set) var errors: [ConfigurationError] = []

  mutating func read(_ value: ConfigurationValue, _ place: Place) -> HostSettings {
    var settings = HostSettings()
    var record = RecordReader(value, at: place)
    settings.listen = record.string("listen")
    settings.admin = record.string("admin")
    settings.pluginsDirectory = record.string("plugins_dir")
    settings.logLevel = record.oneOf(
      "log_level", ["trace", "debug", "info", "notice", "warning", "error", "critical"])
    settings.workers = record.integer("workers", in: 1...1024)
    settings.trustedCertificates = record.string("trusted_certificates")
    if let limits = record.value("limits") { readLimits(limits, place["limits"], &settings) }
    if let processes = record.value("processes") {
      for member in processes.members ?? [] {
        settings.processes[member.name] = readProcesses(
          member.value, place["processes"][member.name])
      }
      if processes.members == nil { record.fail("processes", "expected an object") }
    }
    errors += record.finish()
    return settings
  }

  private mutating func readLimits(
    _ value: ConfigurationValue, _ place: Place, _ settings: inout HostSettings
  ) {
    var record = RecordReader(value, at: place)
    settings.requestBody = record.bytes("request_body") ?? settings.requestBody
    settings.responseBody = record.bytes("response_body") ?? settings.responseBody
    settings.requestHead = record.bytes("request_head") ?? settings.requestHead
    settings.headerCount = record.integer("header_count", in: 8...4096) ?? settings.headerCount
    if !(1024...1 << 20).contains(settings.requestHead) {
      record.fail("request_head", "value should be between 1KiB and 1MiB")
    }
    errors += record.finish()
  }

  private mutating func readProcesses(
    _ value: ConfigurationValue, _ place: Place
  ) -> HostSettings.Processes {
    var processes = HostSettings.Processes()
    var record = RecordReader(value, at: place)
    processes.instances = record.integer("instances", in: 1...256) ?? 1
    processes.failsOpen = record.oneOf("on_failure", ["open", "closed"]).map { $0 == "open" }
    processes.deadline = record.integer("deadline_ms", in: 1...3_600_000)
    errors += record.finish()
    return processes
  }
}
