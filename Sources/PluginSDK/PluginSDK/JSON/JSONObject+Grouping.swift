// SPDX-License-Identifier: Apache-2.0

extension JSONObject {
  /// Members by name, each where its name came first; a name that occurs more than once has an array.
  ///
  /// Each member is looked at once: clients decide how many there are, and of how many names.
  package init(grouping members: some Sequence<(name: String, value: JSONValue)>) {
    var names: [String] = []
    var values: [String: [JSONValue]] = [:]
    for (name, value) in members {
      if values[name] == nil { names.append(name) }
      values[name, default: []].append(value)
    }
    self.init(
      names.map { name in
        let found = values[name] ?? []
        return (name, found.count == 1 ? found[0] : .array(found))
      })
  }
}
