// SPDX-License-Identifier: Apache-2.0

import HostTLS
import NIOCore
import NIOPosix
import Testing

/// The other end is not ours: the `openssl` command and Python, both ways, over real sockets.
@Suite(.timeLimit(.minutes(1)))
struct PeerTests {
  private let certificates: Certificates

  init() throws { certificates = try Certificates.shared.get() }

  private func client(_ protocols: [String] = []) throws -> TLSContext {
    try TLSContext(
      client: .file(certificates.authority.certificate), applicationProtocols: protocols)
  }

  private func server(_ kind: Certificates.Kind = .elliptic) throws -> TLSContext {
    let identity = try certificates.issue("DNS:gateway.example", "IP:127.0.0.1", kind: kind)
    return try TLSContext(serverCertificates: identity.certificate, key: identity.key)
  }

  /// The command's server, and its port.
  private func opensslServer(
    _ arguments: String..., kind: Certificates.Kind = .elliptic
  ) throws -> (Command, Int) {
    let identity = try certificates.issue("DNS:gateway.example", kind: kind)
    let command = try Command(
      ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", identity.certificate, "-key"]
        + [identity.key, "-naccept", "1"] + arguments)
    let address = try #require(try command.line(beginning: "ACCEPT "))
    return (command, try #require(address.split(separator: ":").last.flatMap { Int($0) }))
  }

  // MARK: - We are the client

  @Test(arguments: Certificates.Kind.allCases, ["-tls1_2", "-tls1_3"])
  func `the server of the openssl command answers`(
    _ kind: Certificates.Kind, _ version: String
  ) async throws {
    let (command, port) = try opensslServer("-rev", version, "-alpn", "http/1.1", kind: kind)
    let ending = try await connect(
      to: port, client(["h2", "http/1.1"]), name: "gateway.example", message: Array("abc\n".utf8),
      wanted: 4)
    #expect(ending.error == nil)
    #expect(ending.received == Array("cba\n".utf8))
    #expect(ending.agreed?.version == (version == "-tls1_2" ? "TLSv1.2" : "TLSv1.3"))
    #expect(ending.agreed?.applicationProtocol == "http/1.1")
    withExtendedLifetime(command) {}
  }

  @Test(
    arguments: [
      (["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], .protocolVersion),
      (["-tls1_2", "-cipher", "NULL-SHA256:@SECLEVEL=0"], .handshakeFailure),
      (["-Verify", "1"], .peerRejectedCertificate),
      // TLS 1.2 has no alert of its own for a certificate that is missing.
      (["-Verify", "1", "-tls1_2"], .handshakeFailure),
      (["-alpn", "http/1.1"], .applicationProtocol),
    ] as [([String], TLSError.Code)])
  func `a server with which nothing is in common has its code`(
    _ arguments: [String], _ code: TLSError.Code
  ) async throws {
    let identity = try certificates.issue("DNS:gateway.example")
    let command = try Command(
      ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", identity.certificate, "-key"]
        + [identity.key, "-naccept", "1", "-rev"] + arguments)
    let address = try #require(try command.line(beginning: "ACCEPT "))
    let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
    let context = try client(code == .applicationProtocol ? ["h2"] : [])
    let ending = try await connect(
      to: port, context, name: "gateway.example", message: Array("abc\n".utf8), wanted: 4)
    #expect(ending.received.isEmpty)
    #expect(ending.error?.code == code, "\(String(describing: ending.error))")
    withExtendedLifetime(command) {}
  }

  static let pythonServer = """
    import hashlib, socket, ssl, sys
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0))
    print("PORT", listener.getsockname()[1], flush=True)
    with context.wrap_socket(listener.accept()[0], server_side=True) as peer:
        received = hashlib.sha256()
        left = int(sys.argv[3])
        while left:
            piece = peer.recv(65536)
            received.update(piece)
            left -= len(piece)
        peer.sendall(received.hexdigest().encode())
        peer.unwrap()
    """

  @Test func `Python gets 64 MB whole`() async throws {
    let identity = try certificates.issue("IP:127.0.0.1")
    var message: [UInt8] = []
    message.reserveCapacity(64 << 20)
    let part = noise(1 << 20)
    for _ in 0..<64 { message += part }
    let command = try Command([
      "python3", "-c", Self.pythonServer, identity.certificate, identity.key, "\(message.count)",
    ])
    let port = try #require(try command.line(beginning: "PORT ").flatMap { Int($0) })
    let ending = try await connect(
      to: port, client(), name: "127.0.0.1", message: message, wanted: 64)
    #expect(ending.error == nil)
    #expect(String(decoding: ending.received, as: UTF8.self) == sha256(message))
    withExtendedLifetime(command) {}
  }

  // MARK: - We are the server

  @Test(arguments: Certificates.Kind.allCases, ["-tls1_2", "-tls1_3"])
  func `the client of the openssl command is answered`(
    _ kind: Certificates.Kind, _ version: String
  ) async throws {
    let (listener, ended) = try await listen(server(kind))
    let port = try #require(listener.localAddress?.port)
    let command = try Command([
      "openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile",
      certificates.authority.certificate, "-verify_return_error", "-verify_hostname",
      "gateway.example", "-servername", "gateway.example", "-quiet", "-no_ign_eof", version,
    ])
    try command.write("hello\n")
    #expect(try command.line(beginning: "hel") == "lo")
    try command.closeInput()
    let ending = try await ended.get()
    #expect(ending.error == nil)
    #expect(ending.received == Array("hello\n".utf8))
    try await listener.close().get()
  }

  @Test func `a client of an older version is refused`() async throws {
    let (listener, ended) = try await listen(server())
    let port = try #require(listener.localAddress?.port)
    let command = try Command([
      "openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-tls1_1", "-cipher",
      "DEFAULT@SECLEVEL=0",
    ])
    #expect(try await ended.get().error?.code == .protocolVersion)
    #expect(try command.rest().contains("protocol version"))
    try await listener.close().get()
  }

  @Test func `a client that does not trust us is named`() async throws {
    let (listener, ended) = try await listen(server())
    let port = try #require(listener.localAddress?.port)
    let stranger = try certificates.selfSigned("DNS:stranger.example")
    let command = try Command([
      "openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", stranger.certificate,
      "-verify_return_error",
    ])
    #expect(try await ended.get().error?.code == .peerRejectedCertificate)
    withExtendedLifetime(command) {}
    try await listener.close().get()
  }

  static let pythonClient = """
    import hashlib, random, socket, ssl, sys
    context = ssl.create_default_context(cafile=sys.argv[2])
    raw = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    with context.wrap_socket(raw, server_hostname="gateway.example") as peer:
        sent, received = hashlib.sha256(), hashlib.sha256()
        for size in [1, 16384, 16385, 100000, 7, 1 << 20]:
            piece = random.Random(size).randbytes(size)
            sent.update(piece)
            peer.sendall(piece)
            while size:
                part = peer.recv(min(size, 65536))
                received.update(part)
                size -= len(part)
        print("SAME", sent.digest() == received.digest(), peer.version(), flush=True)
        peer.unwrap()
    """

  @Test func `Python gets back what it sends`() async throws {
    let (listener, ended) = try await listen(server())
    let port = try #require(listener.localAddress?.port)
    let command = try Command([
      "python3", "-c", Self.pythonClient, "\(port)", certificates.authority.certificate,
    ])
    #expect(try command.line(beginning: "SAME ") == "True TLSv1.3")
    let ending = try await ended.get()
    #expect(ending.error == nil)
    #expect(ending.received.count == 1_181_353)
    try await listener.close().get()
  }
}
