// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostProcesses

/// What the admin API answers about processes.
struct ProcessesAnswer {
  /// The members that commands read; others are passed over.
  struct Fields: Decodable {
    var message: String?
    var milliseconds: Int?
    /// Where a process that a developer starts can attach.
    var socket: String?
    var data: [ProcessRecord]
  }

  /// As it came, with what this version does not know.
  let json: CanonicalJSON
  private let fields: Fields

  init(_ json: CanonicalJSON, _ fields: Fields) {
    self.json = json
    self.fields = fields
  }

  var data: [ProcessRecord] { fields.data }
  var socket: String? { fields.socket }

  /// What was done, and how long it took; nil when nothing was to be done.
  var message: String? {
    fields.message.map { message in
      fields.milliseconds.map { "\(message) (\($0) ms)" } ?? message
    }
  }
}

extension JSONDecoder {
  /// For the admin API's snake case.
  static var admin: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }
}
