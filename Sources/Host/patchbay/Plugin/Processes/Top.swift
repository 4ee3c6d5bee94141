// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import HostProcesses

extension PluginCommand {
  /// `patchbay plugin top`
  struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Watch what the plugin processes of a gateway do.",
      discussion: """
        Calls and failures a second and the CPU are of the time since the table before; P50 and P99 are \
        of the calls' latencies as the gateway keeps them. Ends with Ctrl-C.
        """)

    @Flag(help: "Print one table, of one interval, and end.")
    var once = false

    @Option(help: ArgumentHelp("Seconds between two tables.", valueName: "seconds"))
    var interval: Seconds = Seconds(1)

    @OptionGroup var options: AdminOptions

    func run() async throws {
      let client = try options.client()
      let signals = try HostSignals()
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { await signals.stop() }
        tasks.addTask { try await watch(client) }
        try await tasks.next()
        tasks.cancelAll()
      }
    }

    private func watch(_ client: AdminClient) async throws {
      let clock = ContinuousClock()
      var before: [ProcessRecord] = []
      var then = clock.now
      var isFirst = true
      while true {
        let now = clock.now
        let processes = try await client.processes("GET", "").data
        if !isFirst {
          show(
            client, ProcessRates.rates(from: before, to: processes, in: (now - then) / .seconds(1)))
          if once { return }
        }
        (before, then, isFirst) = (processes, now, false)
        try await clock.sleep(until: now + .seconds(interval.value))
      }
    }

    private func show(_ client: AdminClient, _ rows: [ProcessRates]) {
      let isTerminal = isatty(STDOUT_FILENO) == 1 && !options.output.json && !once
      if isTerminal { print("\u{1B}[H\u{1B}[2J", terminator: "") }
      options.output.print(
        action: "top",
        "\(rows.count) process\(rows.count == 1 ? "" : "es") at \(client.address)", rows)
      fflush(nil)
    }
  }
}
