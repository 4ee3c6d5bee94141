// SPDX-License-Identifier: Apache-2.0

/// Messages of HTTP/1 that show what there is, to be changed.
enum HTTPCorpus {
  static let requests = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nGET /a?b=c HTTP/1.0\r\n\r\n\r\nPOST /x HTTP/1.1\r\nhost:\r\ncontent-length: 3\r\n\r\nabc",
    "POST /p HTTP/1.1\r\nHost: a:80\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "5;a=b;c=\"d\\\"e\"\r\nhello\r\n10\r\n0123456789abcdef\r\n0;last\r\nX-Sum:  1 \r\nY:\r\n\r\n",
    "HEAD http://b.example HTTP/1.1\r\nHost: a\r\nConnection: close, X-Gone\r\nX-Gone: 1\r\n\r\n",
    "PUT /u HTTP/1.1\r\nHost: [::1]:8080\r\nX: \t  v w\t \r\nContent-Length: 0\r\n\r\nDELETE / HTTP/1.1\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbodyGET / HTTP/1.1\r\nHost: b\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n1\r\ny\r\n0\r\n\r\n"
      + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n",
    // Near the limits that the fuzzer sets.
    "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nF: 6\r\nG: 7\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 350) + "\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;aaaaaaaaaa=bbbbbbbbbb\r\nx\r\n0;c=d\r\n"
      + "A: " + String(repeating: "y", count: 57) + "\r\n\r\n",
  ].map { Array($0.utf8) }

  static let responses = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100\r\n\r\nHTTP/1.0 200 \r\nX: y\r\n\r\nuntil the end",
    "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: v\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\nA;x=\"y\"\r\n0123456789\r\n000\r\nA: b\r\n\r\n",
  ].map { Array($0.utf8) }

  static let words = [
    "\r", "\n", "\r\n", "\r\n\r\n", "\0", " ", "\t", ":", ";", ",", "\"", "\\", "chunked",
    "0\r\n\r\n",
    "Content-Length: 5\r\n", "Content-Length: 05\r\n", "content-length:+5\r\n",
    "Content-Length: 3, 3\r\n",
    "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding : chunked\r\n",
    "transfer-encoding:\tchunked\r\n", "Host: b\r\n", "Connection: close\r\n",
    "Connection: Content-Length\r\n",
    "FFFFFFFFFFFFFFFF", "7fffffffffffffff", "0x5", "-1", "+5", "00000000000000005", "HTTP/1.0",
    "HTTP/2.0",
    "\u{80}", "\u{FF}", "http://x/", "%2F", "#", "?", "/../", "\r\n ", "a\r\nb", "3\r\nabc\r\n",
  ]
}
