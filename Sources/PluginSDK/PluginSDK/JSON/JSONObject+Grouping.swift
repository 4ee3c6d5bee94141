// SPDX-License-Identifier: Apache-2.0

extension JSONObject {
  /// Members by name, each where its name came first; a name that occurs more than once has an array.
  ///
  /// Each member is looked at once: clients decide how many there are, and of how many names.
  package init(grouping members: some Sequence<(name: String, value: JSONValue)>) {
    var names = NamePlaces<String>()
    var grouped: [(name: String, value: JSONValue)] = []
    // Of names that occur more than once, by their place.
    var lists: [Int: [JSONValue]] = [:]
    for (name, value) in members {
      let (place, isNew) = names.place(of: name)
      if isNew {
        grouped.append((name, value))
      } else {
        lists[place, default: [grouped[place].value]].append(value)
      }
    }
    for (place, list) in lists { grouped[place].value = .array(list) }
    self.init(unique: grouped)
  }
}

/// The places of names in the order in which they come. A few are compared one by one; of many a table is made, for a search
/// for each would cost their square.
struct NamePlaces<Name: Hashable> {
  private static var few: Int { 16 }

  private var names: [Name] = []
  private var table: [Name: Int] = [:]

  /// Where the name is, or now is.
  mutating func place(of name: Name) -> (place: Int, isNew: Bool) {
    let known = names.count <= Self.few ? names.firstIndex(of: name) : table[name]
    if let known { return (known, false) }
    names.append(name)
    if names.count > Self.few + 1 {
      table[name] = names.count - 1
    } else if names.count == Self.few + 1 {
      for (place, name) in names.enumerated() { table[name] = place }
    }
    return (names.count - 1, true)
  }
}
