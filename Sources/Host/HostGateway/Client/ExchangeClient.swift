// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

/// Who an exchange answers: a request of a client's connection, in whatever version of HTTP.
///
/// It speaks HTTP's meaning; how messages are framed, and what becomes of the connection, is behind it. What is written
/// leaves with the event that is being handled; see ``FlushQueue``. After `endResponse` or `cut` the exchange lets go of
/// it.
protocol ExchangeClient: AnyObject {
  /// The address at the other end of the connection.
  var address: String { get }
  var isSecure: Bool { get }
  /// Whether the client takes more of the response; `clientWritability` tells the exchange of changes.
  var isWritable: Bool { get }

  /// More of the request's body is wanted, as `wantsRequestBody` says.
  func resume()
  /// Asks for the body of a client that waits to be asked (RFC 9110, 10.1.1).
  func sendContinue()
  /// A response before the response (RFC 9110, 15.2), for clients that know such.
  func sendInformational(_ head: ResponseHead)
  /// Writes the response's head, once. Returns the bytes that it takes, before any compression.
  func sendHead(_ head: ClientResponse) -> Int
  /// Bytes of a body that is not `none`; they are not empty.
  func sendBody(_ bytes: ByteBuffer)
  /// The response is complete.
  func endResponse(_ trailers: Trailers)
  /// The response cannot be completed: the client must see that it is broken, not that it is over.
  ///
  /// - Parameter lastWords: the end of the body in the words of the client's dialect, which says so itself.
  func cut(lastWords: ByteBuffer?)
}

/// The head of a response: what it means to the client.
struct ClientResponse {
  /// 200 to 599.
  let status: Int
  let fields: HeaderFields
  let edits: HeaderEdits
  let body: ResponseBody
}

/// What is known about a response's body when its head is written.
enum ResponseBody: Equatable {
  /// There is none, as for HEAD, 204 and 304; what the head says of one that there would be.
  case none(declared: Int?)
  case length(Int)
  /// Its end tells its length.
  case open
}
