// SPDX-License-Identifier: Apache-2.0

/// Where in a configuration something stands: `services[0].plugins[1].config.model.provider`.
package struct Place: Sendable, Equatable, CustomStringConvertible {
  package private(set) var description = ""

  package init() {}

  package subscript(name: String) -> Place {
    var place = self
    place.description += description.isEmpty ? name : ".\(name)"
    return place
  }

  package subscript(index: Int) -> Place {
    var place = self
    place.description += "[\(index)]"
    return place
  }

  /// The place of a JSON pointer (RFC 6901) below this one.
  package func appending(pointer: String, of value: ConfigurationValue?) -> Place {
    var place = self
    var value = value
    for name in ConfigurationValue.names(in: pointer) {
      if value?.elements != nil, let index = Int(name) {
        place = place[index]
      } else {
        place = place[name]
      }
      value = value?.child(name)
    }
    return place
  }
}

/// Something in a configuration that is wrong.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  package var place: Place
  package var message: String
  /// From 1; 0 when it is not known.
  package var line: Int

  package init(_ place: Place, _ message: String, line: Int = 0) {
    self.place = place
    self.message = message
    self.line = line
  }

  package var description: String {
    let position = line > 0 ? " (line \(line))" : ""
    return place.description.isEmpty ? message + position : "\(place): \(message)\(position)"
  }
}
