// SPDX-License-Identifier: Apache-2.0

import HostProcesses

/// A place where a developer's own process can take a plugin's calls.
struct Attachment: Sendable {
  let plugin: String
  /// The exchanges that it is for; nil: all.
  let header: HeaderMatch?
  let socket: AttachSocket
  /// Set while a process is there.
  var release: RunningRelease?
}
