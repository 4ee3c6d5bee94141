// SPDX-License-Identifier: Apache-2.0

/// What the client asked for and the provider cannot take, by its place in the client's body.
struct Unsupported {
  private(set) var places: [String] = []

  mutating func note(_ place: String) {
    places.append(place)
  }
}

/// The place of a message, or of a part of its content. Its text is made only where something is to be said of it.
struct MessagePlace {
  let message: Int
  private var part: Int?

  init(message: Int) {
    self.message = message
  }

  /// The place of a part of the content.
  func part(_ number: Int) -> MessagePlace {
    var place = self
    place.part = number
    return place
  }

  /// The place of something in it: `messages[2].content[1].image_url`.
  func member(_ name: String) -> String { "\(text).\(name)" }

  var text: String {
    part.map { "messages[\(message)].content[\($0)]" } ?? "messages[\(message)]"
  }
}
