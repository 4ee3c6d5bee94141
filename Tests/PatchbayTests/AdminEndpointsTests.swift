// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostAdmin
import HostGateway
import HostProcesses
import NIOCore
import Testing

@testable import patchbay

struct AdminEndpointsTests {
  private func status(_ json: String) throws -> ProcessStatus {
    try JSONDecoder().decode(ProcessStatus.self, from: Data(json.utf8))
  }

  private func text(_ response: AdminResponse) -> String { String(buffer: response.body) }

  @Test func `a process has all its members, null where there is nothing to say`() throws {
    let process = try status(
      #"""
      {"plugin":"p","version":"1.0.0","role":"canary","share":10,"state":"backoff","since":12.4,
      "reason":"","next":"","incarnation":3,"restarts":2,"inFlight":0,"calls":9,"failed":1,
      "p50":12.5,"lastLines":["x"]}
      """#)
    let answer = ProcessAnswer(process, now: Date(timeIntervalSince1970: 1_000_000))
    #expect(
      text(.json(["data": [answer]]))
        == #"{"data":[{"calls":9,"cpu_us":null,"failed":1,"in_flight":0,"incarnation":3,"#
        + #""last_lines":["x"],"next":null,"p50_us":12.5,"p99_us":null,"pid":null,"#
        + #""plugin":"p","reason":null,"restarts":2,"role":"canary","rss":null,"sandbox":null,"#
        + #""share":10,"since":999988,"state":"backoff","version":"1.0.0"}]}"#)
  }

  @Test func `a process says what sandbox it has`() throws {
    let process = try status(
      #"""
      {"plugin":"p","version":"1.0.0","role":"stable","state":"ready","since":1,"reason":"","next":"",
      "incarnation":1,"restarts":0,"inFlight":0,"calls":0,"failed":0,"lastLines":[],
      "sandbox":{"level":"partial",
      "parts":["no_new_privs","seccomp"],"missing":["landlock","landlock_tcp"]}}
      """#)
    let answer = text(.json(ProcessAnswer(process, now: .now)))
    #expect(
      answer.contains(
        #""sandbox":{"level":"partial","missing":["landlock","landlock_tcp"],"#
          + #""parts":["no_new_privs","seccomp"]}"#))
  }

  @Test func `the status has Kong's names and our own`() throws {
    let process = try status(
      #"""
      {"plugin":"p","version":"1.0.0","role":"stable","state":"ready","since":1,"reason":"r",
      "next":"n","pid":7,"incarnation":1,"restarts":0,"inFlight":1,"calls":0,"failed":0,"rss":4096,
      "lastLines":[]}
      """#)
    let gateway = try JSONDecoder().decode(
      GatewayStatus.self,
      from: Data(
        (#"{"exchanges":5,"refused":1,"late":0,"refusedWrites":4,"exhaustedRoutes":0,"inFlight":0,"#
          + #""refusals":{"head-too-large":1},"#
          + #""connections":{"accepted":9,"active":6,"reading":1,"writing":2,"waiting":3},"#
          + #""deliveries":[],"calls":{"ok":2},"metrics":{"tries{by=\"p\"}":3}}"#).utf8))
    let body = text(
      .json(
        StatusAnswer(
          gateway: gateway, processes: [process],
          running: RunningConfiguration(generation: 7, since: 12))))
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
    #expect(
      object["server"] as? [String: Int] == [
        "total_requests": 5, "connections_accepted": 9, "connections_handled": 9,
        "connections_active": 6, "connections_reading": 1, "connections_writing": 2,
        "connections_waiting": 3,
      ])
    #expect(object["database"] as? [String: Bool] == ["reachable": true])
    #expect(object["configuration"] as? [String: Int] == ["generation": 7, "since": 12])
    #expect((object["configuration_hash"] as? String)?.count == 32)
    let memory = try #require(object["memory"] as? [String: Any])
    #expect(try #require(memory["rss"] as? Int) > 1 << 20)
    #expect(
      body.contains(#""plugins":[{"pid":7,"plugin":"p","rss":4096}]"#))
    #expect(object["version"] as? String == Patchbay.version)
    let numbers = try #require(object["gateway"] as? [String: Any])
    #expect(numbers["exchanges"] as? Int == 5)
    #expect(numbers["refused_writes"] as? Int == 4)
    #expect(numbers["metrics"] as? [String: Double] == [#"tries{by="p"}"#: 3])
  }
}
