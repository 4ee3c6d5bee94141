// SPDX-License-Identifier: Apache-2.0

import PluginProtocol
import PluginSDK
import PluginTesting
import Testing

@testable import syslog

struct SyslogTests {
  private func destination(_ config: String) async throws -> QueueMessage.Syslog {
    let harness = try await PluginHarness(Syslog.self, configJSON: config)
    guard case .syslog(let syslog)? = harness.queues.first?.destination else {
      throw OtherDestination()
    }
    return syslog
  }

  private func severities(_ config: String, of statuses: Int...) async throws -> [Int?] {
    let harness = try await PluginHarness(Syslog.self, configJSON: config)
    var severities: [Int?] = []
    for status in statuses {
      let exchange = try await harness.exchange(.get("/"))
      var summary = TestSummary()
      summary.status = status
      severities.append(try await exchange.complete(summary).deliveries.first?.severity)
    }
    return severities
  }

  @Test func `messages are as severe as the status says`() async throws {
    let config = #"""
      {"log_level":"debug","successful_severity":"debug","client_errors_severity":"warning",
       "server_errors_severity":"crit"}
      """#
    #expect(
      try await severities(config, of: 200, 302, 399, 400, 404, 499, 500, 503, 599)
        == [7, 7, 7, 4, 4, 4, 2, 2, 2])
    #expect(try await severities("{}", of: 200, 404, 503) == [6, 6, 6])
  }

  @Test func `what is less severe than the level is not logged`() async throws {
    let config =
      #"{"log_level":"err","client_errors_severity":"err","server_errors_severity":"emerg"}"#
    #expect(try await severities(config, of: 200, 404, 503) == [nil, 3, 0])
  }

  @Test func `the facility has its number`() async throws {
    #expect(try await destination("{}").facility == 1)
    #expect(try await destination("{}").tag == "kong")
    #expect(try await destination("{}").path == "", "the machine's own")
    for (name, number) in [
      ("KERN", 0), ("AUTHPRIV", 10), ("FTP", 11), ("LOCAL0", 16), ("LOCAL7", 23),
    ] {
      let config = #"{"syslog_facility":"\#(name)"}"#
      #expect(try await destination(config).facility == UInt32(number))
    }
    #expect(Set(Facility.allCases.map(\.number)).count == 20)
  }

  @Test func `the log may be elsewhere`() async throws {
    #expect(try await destination(#"{"patchbay":{"socket":"/run/log"}}"#).path == "/run/log")
  }

  static let refusals: [(String, String, String)] = [
    (
      #"{"log_level":"loud"}"#, "/log_level",
      "expected one of: debug, info, notice, warning, err, crit, alert, emerg"
    ),
    (#"{"patchbay":{"socket":"log"}}"#, "/patchbay/socket", "should start with: /"),
    (
      #"{"custom_fields_by_lua":{"a":"return 1"}}"#, "/custom_fields_by_lua",
      "Lua is not supported; let a plugin set log fields instead"
    ),
  ]

  @Test(arguments: refusals)
  func `a wrong config is refused with its place`(
    config: String, pointer: String, message: String
  ) async throws {
    let found = try await PluginHarness.diagnostics(Syslog.self, configJSON: config)
    #expect(found == [ConfigDiagnostic(pointer, message)])
  }

  @Test func `a log that cannot be written stops nobody`() {
    #expect(Syslog.manifest.onFailure == .open && Syslog.manifest.priority == 4)
  }
}

private struct OtherDestination: Error {}
