// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Dependencies point one way: BuiltinPlugins → PluginSDK ← Host. The imports of the sources say whether it is so.
struct DependencyDirectionTests {
  @Test func `a plugin never imports the host, nor a socket library, nor Foundation`() throws {
    for source in try sources(under: "BuiltinPlugins") {
      let foreign = source.imports.filter {
        $0.hasPrefix("Host") || $0.hasPrefix("NIO") || $0.hasPrefix("Foundation")
      }
      #expect(foreign.isEmpty, "\(source.path)")
    }
  }

  @Test func `the SDK imports neither the host nor a plugin, nor Foundation, nor NIO`() throws {
    let plugins = try pluginModules()
    for source in try sources(under: "PluginSDK") {
      let foreign = source.imports.filter {
        $0.hasPrefix("Host") || $0.hasPrefix("NIO") || $0.hasPrefix("Foundation")
          || plugins.contains($0)
      }
      #expect(foreign.isEmpty, "\(source.path)")
    }
  }

  @Test func `the host never imports a plugin or the author's side of the SDK`() throws {
    let forbidden = try pluginModules().union(["PluginSDK", "PluginTesting"])
    for source in try sources(under: "Host") {
      #expect(source.imports.isDisjoint(with: forbidden), "\(source.path)")
    }
  }

  @Test func `what decides is free of sockets and of Foundation`() throws {
    for module in ["HostExchange", "HostPools", "HostHTTP", "HostRouting"] {
      for source in try sources(under: "Host/\(module)") {
        let foreign = source.imports.subtracting(["NIOCore"]).filter {
          $0.hasPrefix("NIO") || $0.hasPrefix("Foundation")
        }
        #expect(foreign.isEmpty, "\(source.path)")
      }
    }
    for source in try sources(under: "PluginSDK/PluginProtocol") {
      #expect(source.imports.isSubset(of: ["CPluginMessages"]), "\(source.path)")
    }
  }

  @Test func `the host knows no AI`() throws {
    let words = try Regex(
      #"(?i)\b(openai|anthropic|gemini|bedrock|cohere|mistral|llama|llm|prompt|chat)\b"#)
    for source in try sources(under: "Host") {
      #expect(!source.text.contains(words), "\(source.path)")
    }
  }

  private struct Source {
    let path: String
    let text: String
    let imports: Set<String>
  }

  private var root: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources")
  }

  private func pluginModules() throws -> Set<String> {
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: "BuiltinPlugins").path)
    #expect(folders.contains("LLM"))
    // The modules of executables have the names of their products.
    let package = try String(contentsOf: root.appending(path: "../Package.swift"), encoding: .utf8)
    let targets = package.matches(of: /name: "([a-z-]+)"[^)]*path:\s+"Sources\/BuiltinPlugins\//)
    let products = targets.map { target -> String in
      String(target.output.1).replacingOccurrences(of: "-", with: "_")
    }
    #expect(products.contains("ai_proxy"))
    return Set(folders).union(products)
  }

  private func sources(under folder: String) throws -> [Source] {
    let base = root.appending(path: folder)
    let paths = try FileManager.default.subpathsOfDirectory(atPath: base.path)
      .filter { $0.hasSuffix(".swift") }
    #expect(!paths.isEmpty, "nothing to read in \(base.path)")
    return try paths.map { path in
      let text = try String(contentsOf: base.appending(path: path), encoding: .utf8)
      let imports = text.matches(
        of:
          /(?m)^\s*(?:@\w+\s+)?(?:public |package |internal |private |fileprivate )?import (?:struct |class |enum |func )?(\w+)/
      ).map { String($0.output.1) }
      return Source(path: path, text: text, imports: Set(imports))
    }
  }
}
