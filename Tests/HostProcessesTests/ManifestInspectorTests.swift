// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import HostProcesses

/// A stranger's executable is asked what it is, and can do nothing else.
@Suite(.timeLimit(.minutes(1))) struct ManifestInspectorTests {
  private let plugins: TestPlugins
  private let secret: String

  init() throws {
    plugins = try TestPlugins()
    secret = "\(plugins.directory)/secret"
    try "the secret".write(toFile: secret, atomically: true, encoding: .utf8)
  }

  /// Why a script is not installed.
  private func refusal(
    of script: String, shell: String = "/bin/sh", asking inspector: ManifestInspector = .strict
  ) async throws -> String {
    let file = "\(plugins.directory)/script"
    try "#!\(shell)\n\(script)\n".write(toFile: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
    do {
      try await PackageInstaller.installed(file, into: plugins.folder, asking: inspector)
      return "it was installed"
    } catch {
      return "\(error)".replacing(file, with: "script")
    }
  }

  @Test func `it has the manifest as its only argument, no environment and no sockets`()
    async throws
  {
    let sockets = #"n=0; for file in /proc/$$/fd/*; do [ -S "$file" ] && n=$((n+1)); done"#
    #expect(
      try await refusal(of: #"\#(sockets); echo "$# $1 '$HOME$LANG' $n" >&2; exit 7"#)
        == "script --manifest ended with status 7: 1 --manifest '' 0 (it runs in a sandbox; ask the "
        + "tests)")
  }

  @Test func `it reads and writes nothing of others`() async throws {
    let text = try await refusal(of: "read line < \(secret); echo \"read: $line\" >&2; exit 1")
    // The shell goes on with what it has read.
    #expect(text.contains("read:  (it runs in a sandbox"), "\(text)")
    let trace = "\(plugins.directory)/trace"
    #expect(try await refusal(of: "echo x > \(trace)").contains("Permission denied"))
    #expect(!FileManager.default.fileExists(atPath: trace))
  }

  @Test func `it starts nothing`() async throws {
    #expect(try await refusal(of: "/bin/echo x").contains("script --manifest ended with status"))
    #expect(try await refusal(of: "exec /bin/echo {}").contains("not permitted"))
  }

  @Test func `it connects to nobody`() async throws {
    let text = try await refusal(of: "exec 3<>/dev/tcp/127.0.0.1/9; exit 1", shell: "/bin/bash")
    #expect(text.contains("not permitted"))
  }

  @Test func `one that prints without an end is killed`() async throws {
    #expect(
      try await refusal(of: "while :; do echo yes yes yes yes yes yes yes yes yes; done")
        == "script --manifest printed more than 4194304 bytes and was killed")
  }

  @Test(arguments: ["while :; do :; done", "exec >&- 2>&-; while :; do :; done"])
  func `one that takes too long is killed`(_ script: String) async throws {
    #expect(
      try await refusal(of: script, asking: .strict(patience: 1))
        == "script --manifest did not end within 1 seconds and was killed")
  }

  @Test func `the last that it said on stderr is told`() async throws {
    let noise = "i=0; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i+1)); done; exit 3"
    #expect(
      try await refusal(of: noise)
        == "script --manifest ended with status 3: line 19999 (it runs in a sandbox; ask the tests)"
    )
  }
}
