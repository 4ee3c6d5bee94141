// SPDX-License-Identifier: Apache-2.0

import HostClients
import HostExchange
import HostHTTP
import Logging
import NIOCore

extension Worker {
  /// A client has met a limit, or has sent what is no request: counted by its code, and told in the error log, of which
  /// a flood of such cannot have more than a few lines a second.
  func noteRefusal(_ code: String, client: String, id: RequestID? = nil) {
    counters.refusals[code, default: 0] += 1
    guard let unsaid = refusalLog.pass(now: now()) else { return }
    var metadata: Logger.Metadata = ["reason": "\(code)", "client": "\(client)"]
    if let id { metadata["request_id"] = "\(id.text)" }
    if unsaid > 0 { metadata["not_logged"] = "\(unsaid)" }
    logger.info("client refused", metadata: metadata)
  }

  /// A request was refused before it was one. Returns the id that its answer has.
  func countRefusal(_ refusal: HTTPRefusal, client: String) -> RequestID {
    countRefusal(refusal.rawValue, client: client)
  }

  /// The whole answer to what cannot be a request on this connection.
  func refusal(_ error: HostError, client: String) -> ByteBuffer {
    ErrorResponse.Refusal(error, id: countRefusal("\(error.code)", client: client), policy).bytes
  }

  @discardableResult
  func countRefusal(_ code: String, client: String) -> RequestID {
    counters.refused += 1
    let id = nextRequestID()
    noteRefusal(code, client: client, id: id)
    return id
  }
}
