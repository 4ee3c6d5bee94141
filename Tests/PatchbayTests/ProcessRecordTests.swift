// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostProcesses
import Testing

@testable import patchbay

struct ProcessRecordTests {
  private func record(_ members: String) throws -> ProcessRecord {
    let json = #"{"plugin":"p","version":"1.0.0","state":"ready"\#(members)}"#
    return try JSONDecoder.admin.decode(ProcessRecord.self, from: Data(json.utf8))
  }

  private func cells(_ record: ProcessRecord) -> [String: String] {
    Dictionary(uniqueKeysWithValues: zip(ProcessRecord.columns.map(\.title), record.cells))
  }

  @Test func `what a gateway tells is shown`() throws {
    let cells = cells(
      try record(
        #"""
        ,"role":"canary","share":10,"pid":7,"restarts":2,"in_flight":3,"rss":1048576,
        "calls":2000,"failed":5,"p50_us":85.2,"p99_us":1500,"sandbox":{"level":"full","parts":[]}
        """#))
    #expect(cells["ROLE"] == "canary 10%")
    #expect(cells["PID"] == "7" && cells["RESTARTS"] == "2" && cells["IN FLIGHT"] == "3")
    #expect(cells["CALLS"] == "2000" && cells["FAILED"] == "5 (0.2%)")
    #expect(cells["P50"] == "85 µs" && cells["P99"] == "1.5 ms")
    #expect(cells["RSS"] == "1.0 MiB" && cells["SANDBOX"] == "full")
  }

  @Test func `what another gateway does not tell, or tells beside it, is no error`() throws {
    let record = try record(#","since":null,"p50_us":null,"of_the_future":{"a":[1]}"#)
    #expect(record.cells.count == ProcessRecord.columns.count)
    #expect(cells(record)["FOR"] == "-" && cells(record)["SANDBOX"] == "-")
  }

  @Test func `why one does not serve is said below`() throws {
    #expect(try record(#","reason":"configured""#).note == nil)
    var waiting = try record(
      #","reason":"exited with status 3","next":"a restart","last_lines":["a","b"]"#)
    waiting.state = "backoff"
    #expect(
      waiting.note
        == "p 1.0.0: backoff: exited with status 3; next: a restart; it printed last: b")
  }

  @Test func `rates are of the same process`() throws {
    let before = [
      try record(#","incarnation":1,"pid":7,"calls":100,"failed":1,"cpu_us":1000000"#),
      try record(#","incarnation":2,"pid":8,"calls":500,"failed":0,"cpu_us":0"#),
    ]
    let now = [
      try record(#","incarnation":1,"pid":7,"calls":300,"failed":2,"cpu_us":1500000"#),
      try record(#","incarnation":3,"pid":9,"calls":40,"failed":0,"cpu_us":10"#),
      try record(#","incarnation":4,"pid":10"#),
    ]
    let rates = ProcessRates.rates(from: before, to: now, in: 2)
    #expect(rates.map(\.calls) == [100, nil, nil])
    #expect(rates.map(\.failures) == [0.5, nil, nil])
    #expect(rates.map(\.cpu) == [25, nil, nil])
    #expect(rates.allSatisfy { $0.cells.count == ProcessRates.columns.count })
    #expect(
      rates[0].json.text.contains(
        #""calls_per_second":100,"cpu_percent":25,"errors_per_second":0.5"#))
    #expect(ProcessRates.rates(from: before, to: now, in: 0)[0].calls == nil)
  }
}
