// SPDX-License-Identifier: Apache-2.0

package import PluginProtocol

// Releases: versions of plugins that are started, configured, resized and retired.
extension ProcessSupervisor {
  /// Starts processes of a package. They wait for a configuration.
  ///
  /// - Parameter sandbox: how they are confined; nil: as all are.
  /// - Returns: the release's number.
  package func start(
    _ package: InstalledPackage, processes: Int, role: ReleaseRole = .stable,
    sandbox: SandboxPolicy? = nil
  ) async -> UInt64 {
    lastRelease += 1
    let release = lastRelease
    releases[release] = ReleaseState(
      id: release, package: package, role: role, sandbox: sandbox)
    for _ in 0..<processes { await addProcess(to: release) }
    return release
  }

  /// What the release's code says of itself, as soon as one of its processes has.
  ///
  /// - Throws: ``StartProblem`` when none will.
  package func manifest(of release: UInt64) async throws(StartProblem) -> PackageManifest {
    try await first(of: release) { $0.ready?.manifest }
  }

  /// Waits until so many of the release's processes take calls.
  ///
  /// - Throws: ``StartProblem`` when they will not.
  package func ready(_ release: UInt64, processes count: Int) async throws(StartProblem) {
    while true {
      let own = wanted(of: release)
      if own.count(where: { $0.machine.state.takesCalls }) >= count { return }
      if let problem = own.first(where: { $0.isHopeless }) { throw self.problem(release, problem) }
      if isOver || own.isEmpty { throw problem(release, nil) }
      await change()
    }
  }

  /// Gives the release so many processes: starts new ones, or lets those that came last finish and forgets them. One that
  /// is retired stays as it is.
  ///
  /// - Parameter deadline: for those that finish.
  package func resize(_ release: UInt64, to count: Int, within deadline: Duration) async {
    guard let state = releases[release], state.role != .leaving else { return }
    let own = wanted(of: release)
    for _ in 0..<max(0, count - own.count) { await addProcess(to: release) }
    for slot in own.dropFirst(count) {
      slots[slot.id]?.isSurplus = true
      await obey(slot.id) { $0.drain(within: deadline.wholeNanoseconds, now: $1) }
    }
    notify()
  }

  /// Lets the processes of a release finish, kills what has not by the deadline, and waits until they are gone.
  package func retire(_ release: UInt64, within deadline: Duration) async {
    guard releases[release] != nil else { return }
    setRole(of: release, .leaving)
    report.yield(.retire(release: release, within: deadline.wholeNanoseconds))
    await ended(release)
    for slot in processes(of: release) { slots[slot.id] = nil }
    releases[release] = nil
    notify()
  }

  package func setRole(of release: UInt64, _ role: ReleaseRole) {
    releases[release]?.role = role
    notify()
  }

  /// The processes that the release has now.
  package func incarnations(of release: UInt64) -> [UInt64] {
    processes(of: release).map(\.incarnation)
  }

  /// How many processes the release is to have; those that ``resize(_:to:within:)`` lets finish do not count.
  package func processCount(of release: UInt64) -> Int { wanted(of: release).count }

  /// The processes that the release is to have.
  package func status(of release: UInt64) -> [ProcessStatus] {
    wanted(of: release).map { ProcessStatus($0, releases[release], now: now).measured }
  }

  private func wanted(of release: UInt64) -> [ProcessSlot] {
    processes(of: release).filter { !$0.isSurplus }
  }

  private func addProcess(to release: UInt64) async {
    guard !isShuttingDown, let package = releases[release]?.package else { return }
    lastSlot += 1
    slots[lastSlot] = ProcessSlot(
      id: lastSlot, release: release, package: package,
      machine: SupervisorMachine(timing: timing))
    await obey(lastSlot) { $0.start(now: $1) }
  }

  func processes(of release: UInt64) -> [ProcessSlot] {
    slots.values.filter { $0.release == release }.sorted { $0.id < $1.id }
  }

  /// What the first process of a release that has it says; throws when none will.
  private func first<Answer: Sendable>(
    of release: UInt64, _ answer: (ProcessSlot) -> Answer?
  ) async throws(StartProblem) -> Answer {
    while true {
      let own = processes(of: release)
      if let answer = own.lazy.compactMap(answer).first { return answer }
      if isOver || own.allSatisfy(\.isHopeless) { throw problem(release, own.first) }
      await change()
    }
  }

  func problem(_ release: UInt64, _ slot: ProcessSlot?) -> StartProblem {
    var reason = slot?.machine.reason ?? "was not started"
    if let line = slot?.lastLines.last { reason += "; it printed last: \(line)" }
    return .plugin(name: releases[release]?.package.name ?? "", reason: reason)
  }

  /// Tells the data plane when the last process of a release has no hope, and when there is hope again.
  func checkAvailability(of release: UInt64) async {
    guard let state = releases[release], state.role != .leaving, state.role != .attached else {
      return
    }
    let isAvailable = processes(of: release).contains { $0.machine.isHopeful }
    guard isAvailable != state.isAvailable else { return }
    releases[release]?.isAvailable = isAvailable
    await observer.releaseAvailable(
      plugin: state.package.name, release: release, isAvailable: isAvailable)
  }
}

extension ProcessSlot {
  /// It will not serve by itself: what comes first on its way up has failed already.
  var isHopeless: Bool {
    switch machine.state {
    case .starting, .handshaking, .configuring, .ready, .degraded: false
    case .draining, .stopped, .backoff, .quarantined, .incompatible: true
    }
  }
}
