// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

struct RestartSettingsTests {
  private func errors(_ before: String, _ after: String) throws -> [String] {
    let launched = try GatewayConfiguration.read(before)
    return try GatewayConfiguration.read(after).errors(needingRestartSince: launched)
      .map(\.description)
  }

  private let listening = "patchbay: {listen: '127.0.0.1:8100', limits: {header_count: 50}}"

  @Test func `what is the same, or not there, is no change`() throws {
    #expect(try errors(listening, listening) == [])
    #expect(try errors(listening, "\n\n" + listening) == [], "wherever it stands")
    #expect(try errors(listening, "patchbay: {log_level: null}") == [])
    #expect(try errors(listening, "services: []") == [])
    #expect(try errors("services: []", "patchbay: {}") == [])
  }

  @Test func `what the host was started with cannot be changed, and is named`() throws {
    #expect(
      try errors(
        listening, "patchbay:\n  listen: '127.0.0.1:8200'\n  limits: {header_count: 60}")
        == [
          "patchbay.listen: cannot be changed while the gateway runs: it needs a restart (line 3)",
          "patchbay.limits.header_count: cannot be changed while the gateway runs: "
            + "it needs a restart (line 4)",
        ])
    #expect(
      try errors("services: []", "patchbay: {workers: 2}")
        == [
          "patchbay.workers: cannot be changed while the gateway runs: it needs a restart (line 2)"
        ])
  }

  @Test(arguments: [
    "limits: {request_body: 1MiB}", "limits: {response_body: 1MiB}", "limits: {retry_body: 0}",
    "sandbox: 'off'",
    "processes: {p: {instances: 4, memory: 64MiB, deadline: 7, on_failure: open}}",
  ])
  func `what can be changed may differ`(_ setting: String) throws {
    #expect(try errors(listening, "plugins: [{name: p}]\npatchbay: {\(setting)}") == [])
  }
}
