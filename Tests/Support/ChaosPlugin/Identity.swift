// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Who this executable is: read from a text that the tests overwrite in a copy of the file. So one build gives several
/// plugins, and several versions of each.
enum Identity {
  // A literal of this length stands in the executable as it is; `chaos/installation.py` finds it by its beginning.
  private static let text =
    "chaos-plugin-identity:name=chaos;version=1.0.0;state=1;priority=900;flaw=none;......................................"

  static let version = member("version")
  static let flaw = Flaw(rawValue: member("flaw")) ?? .none

  static let manifest = Manifest(
    name: member("name"), version: version, priority: number("priority"),
    services: [.http, .kv], stateVersion: number("state"))

  private static func member(_ name: String) -> String {
    let members = text.drop { $0 != ":" }.dropFirst().split(separator: ";")
    guard let member = members.first(where: { $0.hasPrefix("\(name)=") }) else {
      fatalError("the identity has no \(name): \(text)")
    }
    return String(member.dropFirst(name.count + 1))
  }

  private static func number<Number: FixedWidthInteger>(_ name: String) -> Number {
    guard let number = Number(member(name)) else { fatalError("\(name) is no number: \(text)") }
    return number
  }
}
