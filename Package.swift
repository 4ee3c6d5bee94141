// swift-tools-version: 6.3
import PackageDescription

// Three groups, one direction: BuiltinPlugins → PluginSDK ← Host. The host never imports a plugin, a plugin never
// imports the host; Tests/LayoutTests reads the imports and says so when it stops being true.

let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let posix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let http1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let http2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let hpack = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let embedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

// MARK: - What a plugin author imports, and the wire that the host shares

let sdk: [Target] = [
  .systemLibrary(
    name: "CProtobufC", path: "Sources/PluginSDK/CProtobufC", pkgConfig: "libprotobuf-c",
    providers: [.apt(["libprotobuf-c-dev"])]),
  .target(
    name: "CPluginMessages", dependencies: ["CProtobufC"],
    path: "Sources/PluginSDK/CPluginMessages"),
  .target(
    name: "PluginProtocol", dependencies: ["CPluginMessages"],
    path: "Sources/PluginSDK/PluginProtocol"),
  .target(name: "CPluginSystem", path: "Sources/PluginSDK/CPluginSystem"),
  .target(
    name: "PluginSDK", dependencies: ["CPluginMessages", "CPluginSystem", "PluginProtocol"],
    path: "Sources/PluginSDK/PluginSDK"),
  .target(
    name: "PluginTesting", dependencies: ["CPluginMessages", "PluginProtocol", "PluginSDK"],
    path: "Sources/PluginSDK/PluginTesting"),
]

// MARK: - What host and plugins share beside the wire

let shared: [Target] = [
  .systemLibrary(
    name: "CPCRE2", path: "Sources/CPCRE2", pkgConfig: "libpcre2-8",
    providers: [.apt(["libpcre2-dev"])])
]

// MARK: - The host: an executable over small libraries

func host(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Host/\(name)")
}

let hostTargets: [Target] = [
  .systemLibrary(
    name: "CAres", path: "Sources/Host/CAres", pkgConfig: "libcares",
    providers: [.apt(["libc-ares-dev"])]),
  .systemLibrary(
    name: "COpenSSL", path: "Sources/Host/COpenSSL", pkgConfig: "openssl",
    providers: [.apt(["libssl-dev"])]),
  .systemLibrary(
    name: "CSeccomp", path: "Sources/Host/CSeccomp", pkgConfig: "libseccomp",
    providers: [.apt(["libseccomp-dev"])]),
  .systemLibrary(
    name: "CZlib", path: "Sources/Host/CZlib", pkgConfig: "zlib",
    providers: [.apt(["zlib1g-dev"])]),
  .target(name: "CSpawner", dependencies: ["CSeccomp"], path: "Sources/Host/CSpawner"),
  host("HostAdmin", [http1, logging, nio, posix]),
  host("HostClients", [nio]),
  host("HostHTTP", ["CZlib", nio]),
  host("HostTLS", ["COpenSSL", nio]),
  host(
    "HostConfiguration",
    ["HostClients", "HostRouting", "PluginProtocol", .product(name: "Yams", package: "Yams")]),
  host("HostNames", ["CAres"]),
  host("HostRouting", ["CPCRE2"]),
  host("HostExchange", [nio]),
  host("HostPools"),
  host("HostServices", [heap, nio, posix]),
  host("HostSigning", ["COpenSSL"]),
  host("HostProcesses", ["CSpawner", "COpenSSL", "PluginProtocol", nio, posix, logging]),
  host(
    "HostGateway",
    [
      "CPluginMessages", "HostClients", "HostConfiguration", "HostExchange", "HostHTTP",
      "HostNames", "HostPools", "HostProcesses", "HostRouting", "HostServices", "HostSigning",
      "HostTLS", "PluginProtocol", hpack, http2,
      logging, nio, posix,
    ]),
  .executableTarget(
    name: "patchbay",
    dependencies: [
      "CSpawner", "HostAdmin", "HostConfiguration", "HostGateway", "HostProcesses",
      "HostServices", arguments, http1, logging, nio, posix,
    ],
    path: "Sources/Host/patchbay"),
]

// MARK: - Built-in plugins: one folder, one executable each; what the AI plugins share is LLM

let builtins: [Target] = [
  .executableTarget(
    name: "correlation-id", dependencies: ["PluginSDK"],
    path: "Sources/BuiltinPlugins/CorrelationID"),
  .executableTarget(
    name: "cors", dependencies: ["Patterns", "PluginSDK"], path: "Sources/BuiltinPlugins/CORS"),
  .executableTarget(
    name: "ip-restriction", dependencies: ["PluginSDK"],
    path: "Sources/BuiltinPlugins/IPRestriction"),
  .executableTarget(
    name: "request-termination", dependencies: ["PluginSDK"],
    path: "Sources/BuiltinPlugins/RequestTermination"),
  .target(name: "LLM", path: "Sources/BuiltinPlugins/LLM"),
  .target(
    name: "LLMConfig", dependencies: ["LLM", "PluginSDK"],
    path: "Sources/BuiltinPlugins/LLMConfig"),
  .target(name: "PII", path: "Sources/BuiltinPlugins/PII"),
  .target(
    name: "Patterns", dependencies: ["CPCRE2", "PluginSDK"],
    path: "Sources/BuiltinPlugins/Patterns"),
  .target(
    name: "Transformation", dependencies: ["LLM", "LLMConfig", "Patterns", "PluginSDK"],
    path: "Sources/BuiltinPlugins/Transformation"),
  .executableTarget(name: "acl", dependencies: ["PluginSDK"], path: "Sources/BuiltinPlugins/ACL"),
  .executableTarget(
    name: "ai-azure-content-safety", dependencies: ["LLM", "LLMConfig", "PluginSDK"],
    path: "Sources/BuiltinPlugins/AIAzureContentSafety"),
  .executableTarget(
    name: "ai-echo", dependencies: ["LLM", "LLMConfig", "PluginSDK"],
    path: "Sources/BuiltinPlugins/AIEcho"),
  .executableTarget(
    name: "ai-prompt-decorator", dependencies: ["LLM", "LLMConfig", "PluginSDK"],
    path: "Sources/BuiltinPlugins/AIPromptDecorator"),
  .executableTarget(
    name: "ai-prompt-template", dependencies: ["LLM", "LLMConfig", "PluginSDK"],
    path: "Sources/BuiltinPlugins/AIPromptTemplate"),
  .executableTarget(
    name: "ai-prompt-guard", dependencies: ["LLM", "LLMConfig", "Patterns", "PluginSDK"],
    path: "Sources/BuiltinPlugins/AIPromptGuard"),
  .executableTarget(
    name: "ai-proxy", dependencies: ["LLM", "LLMConfig", "PluginSDK"],
    path: "Sources/BuiltinPlugins/AIProxy"),
  .executableTarget(
    name: "ai-sanitizer", dependencies: ["LLM", "LLMConfig", "PII", "Patterns", "PluginSDK"],
    path: "Sources/BuiltinPlugins/AISanitizer"),
  .target(
    name: "LogEntries", dependencies: ["PluginSDK"], path: "Sources/BuiltinPlugins/LogEntries"),
  .executableTarget(
    name: "ai-request-transformer", dependencies: ["LLMConfig", "PluginSDK", "Transformation"],
    path: "Sources/BuiltinPlugins/AIRequestTransformer"),
  .executableTarget(
    name: "ai-response-transformer", dependencies: ["LLM", "PluginSDK", "Transformation"],
    path: "Sources/BuiltinPlugins/AIResponseTransformer"),
  .executableTarget(
    name: "file-log", dependencies: ["LogEntries", "PluginSDK"],
    path: "Sources/BuiltinPlugins/FileLog"),
  .executableTarget(
    name: "key-auth", dependencies: ["LLM", "PluginSDK"], path: "Sources/BuiltinPlugins/KeyAuth"),
  .executableTarget(
    name: "http-log", dependencies: ["LogEntries", "PluginSDK"],
    path: "Sources/BuiltinPlugins/HTTPLog"),
  .executableTarget(
    name: "tcp-log", dependencies: ["LogEntries", "PluginSDK"],
    path: "Sources/BuiltinPlugins/TCPLog"),
  .executableTarget(
    name: "prometheus", dependencies: ["PluginSDK"], path: "Sources/BuiltinPlugins/Prometheus"),
  .executableTarget(
    name: "syslog", dependencies: ["LogEntries", "PluginSDK"],
    path: "Sources/BuiltinPlugins/Syslog"),
]

// MARK: - Measured by `make bench`

let measured: [Target] = [
  .executableTarget(
    name: "measure-checkpoint",
    dependencies: ["CPluginMessages", "LLM", "PluginProtocol", "PluginSDK", nio],
    path: "Benchmarks/checkpoint"),
  .executableTarget(name: "measure-pii", dependencies: ["PII"], path: "Benchmarks/pii"),
  .executableTarget(
    name: "measure-providers", dependencies: ["CPluginSystem", "LLM"], path: "Benchmarks/providers"),
  .executableTarget(
    name: "measure-routes", dependencies: ["HostRouting"], path: "Benchmarks/routes"),
]

// MARK: - Tests

func tests(
  of target: String, as name: String? = nil, _ dependencies: [Target.Dependency] = []
) -> Target {
  let tests = "\(name ?? target)Tests"
  return .testTarget(
    name: tests, dependencies: [.target(name: target)] + dependencies, path: "Tests/\(tests)")
}

let testTargets: [Target] = [
  // Started as processes by the tests.
  .executableTarget(
    name: "sdk-test-plugin", dependencies: ["PluginSDK"], path: "Tests/Support/SDKTestPlugin"),
  .executableTarget(
    name: "test-plugin", dependencies: ["CSpawner", "PluginProtocol"],
    path: "Tests/Support/TestPlugin"),
  .executableTarget(
    name: "gateway-test", dependencies: ["PluginSDK"], path: "Tests/Support/GatewayTestPlugin"),
  .executableTarget(
    name: "credentials-test", dependencies: ["PluginSDK"],
    path: "Tests/Support/CredentialPlugin"),
  .executableTarget(
    name: "chaos", dependencies: ["PluginSDK"], path: "Tests/Support/ChaosPlugin"),
  .target(
    name: "WireTranscripts", dependencies: ["CPluginMessages", "PluginProtocol"],
    path: "Tests/Support/WireTranscripts"),
  .target(name: "Seeded", path: "Tests/Support/Seeded"),
  .target(name: "Fuzzing", dependencies: ["Seeded"], path: "Tests/Fuzz/Fuzzing"),
  .target(
    name: "FrameFuzzer", dependencies: ["Fuzzing", "PluginProtocol", "Seeded", "WireTranscripts"],
    path: "Tests/Fuzz/FrameFuzzer"),
  .target(
    name: "HTTPFuzzer", dependencies: ["CZlib", "Fuzzing", "HostHTTP", "Seeded", nio],
    path: "Tests/Fuzz/HTTPFuzzer"),
  .target(
    name: "ConfigurationFuzzer", dependencies: ["Fuzzing", "HostConfiguration"],
    path: "Tests/Fuzz/ConfigurationFuzzer"),
  .target(
    name: "TLSFuzzer", dependencies: ["COpenSSL", "Fuzzing", "HostTLS", "Seeded", embedded, nio],
    path: "Tests/Fuzz/TLSFuzzer"),
  .target(
    name: "HTTP2Fuzzer",
    dependencies: [
      "Fuzzing", "HostConfiguration", "HostGateway", "HostHTTP", "Seeded", embedded, nio,
    ], path: "Tests/Fuzz/HTTP2Fuzzer"),
  .executableTarget(
    name: "fuzz",
    dependencies: [
      "ConfigurationFuzzer", "FrameFuzzer", "Fuzzing", "HTTP2Fuzzer", "HTTPFuzzer", "TLSFuzzer",
    ],
    path: "Tests/Fuzz/Fuzz"),
  .testTarget(name: "LayoutTests", path: "Tests/LayoutTests"),
  tests(of: "HostAdmin", [logging, nio, posix]),
  tests(of: "HostClients", ["Seeded", embedded, nio]),
  tests(
    of: "HostConfiguration",
    ["ConfigurationFuzzer", "HostClients", "HostRouting", "PluginProtocol"]),
  tests(of: "HostExchange", ["Seeded", nio]),
  tests(
    of: "HostGateway",
    [
      "CPluginMessages", "HTTP2Fuzzer", "HostClients", "HostConfiguration", "HostHTTP",
      "HostSigning",
      "HostTLS", "PluginProtocol", "Seeded", embedded, hpack, logging, nio, posix,
    ]),
  tests(of: "HostHTTP", ["HTTPFuzzer", "Seeded", embedded, http1, nio]),
  tests(of: "HostPools", ["Seeded"]),
  tests(
    of: "HostProcesses",
    ["PluginProtocol", "Seeded", "test-plugin", embedded, logging, nio, posix]),
  tests(of: "HostRouting"),
  tests(of: "HostServices", ["Seeded", nio, posix]),
  tests(of: "HostSigning", ["COpenSSL", "Seeded"]),
  tests(of: "HostTLS", ["COpenSSL", "Seeded", "TLSFuzzer", embedded, nio, posix]),
  tests(of: "LLM", ["Seeded"]),
  tests(of: "PII", ["Seeded"]),
  tests(of: "Patterns", ["PluginSDK"]),
  tests(of: "PluginProtocol", ["CPluginMessages", "FrameFuzzer", "Seeded", "WireTranscripts"]),
  .testTarget(
    name: "PatchbayTests",
    dependencies: ["HostConfiguration", "HostProcesses", "patchbay", logging, nio],
    path: "Tests/PatchbayTests"),
  tests(of: "acl", as: "ACL", ["PluginSDK", "PluginTesting"]),
  tests(of: "ai-echo", as: "AIEcho", ["LLM", "PluginSDK", "PluginTesting"]),
  tests(
    of: "ai-prompt-decorator", as: "AIPromptDecorator", ["LLM", "PluginSDK", "PluginTesting"]),
  tests(
    of: "ai-prompt-template", as: "AIPromptTemplate",
    ["LLM", "PluginSDK", "PluginTesting", "Seeded"]),
  tests(
    of: "ai-prompt-guard", as: "AIPromptGuard",
    ["LLM", "Patterns", "PluginSDK", "PluginTesting"]),
  tests(of: "ai-proxy", as: "AIProxy", ["LLM", "LLMConfig", "PluginSDK", "PluginTesting"]),
  tests(
    of: "ai-azure-content-safety", as: "AIAzureContentSafety", ["PluginSDK", "PluginTesting"]),
  tests(
    of: "ai-request-transformer", as: "AIRequestTransformer", ["PluginSDK", "PluginTesting"]),
  tests(
    of: "ai-response-transformer", as: "AIResponseTransformer", ["PluginSDK", "PluginTesting"]),
  tests(
    of: "ai-sanitizer", as: "AISanitizer",
    ["LLM", "PII", "PluginSDK", "PluginTesting", "Seeded"]),
  tests(of: "correlation-id", as: "CorrelationID", ["PluginSDK", "PluginTesting"]),
  tests(of: "cors", as: "CORS", ["PluginSDK", "PluginTesting"]),
  tests(of: "ip-restriction", as: "IPRestriction", ["PluginSDK", "PluginTesting"]),
  tests(of: "request-termination", as: "RequestTermination", ["PluginSDK", "PluginTesting"]),
  tests(of: "file-log", as: "FileLog", ["PluginSDK", "PluginTesting"]),
  tests(of: "key-auth", as: "KeyAuth", ["PluginSDK", "PluginTesting"]),
  tests(of: "http-log", as: "HTTPLog", ["PluginProtocol", "PluginSDK", "PluginTesting"]),
  tests(of: "tcp-log", as: "TCPLog", ["PluginProtocol", "PluginSDK", "PluginTesting"]),
  tests(of: "prometheus", as: "Prometheus", ["PluginSDK", "PluginTesting"]),
  tests(of: "syslog", as: "Syslog", ["PluginProtocol", "PluginSDK", "PluginTesting"]),
  tests(
    of: "PluginSDK", ["CPluginMessages", "PluginProtocol", "PluginTesting", "sdk-test-plugin"]),
]

let package = Package(
  name: "patchbay",
  products: [
    .executable(name: "patchbay", targets: ["patchbay"]),
    .library(name: "PluginSDK", targets: ["PluginSDK"]),
    .library(name: "PluginTesting", targets: ["PluginTesting"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
    .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
  ],
  targets: sdk + shared + hostTargets + builtins + measured + testTargets
)

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ]
}
