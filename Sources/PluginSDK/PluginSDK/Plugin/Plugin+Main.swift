// SPDX-License-Identifier: Apache-2.0

import CPluginSystem
import Glibc

extension Plugin {
  /// The entry point of a plugin's executable: `@main` on the plugin calls it.
  ///
  /// A host starts the executable with its sockets. Started by hand it prints its manifest
  /// (`--manifest`), its version (`--version`) or what it is, or serves a gateway that waits for it
  /// (`--attach SOCKET`).
  public static func main() {
    patchbay_keep_memory()
    switch CommandLine.arguments.dropFirst().first {
    case "--manifest":
      let manifest = PluginDefinition(Self.self).manifestJSON
      puts(manifest.description)
    case "--version":
      puts("\(manifest.name) \(manifest.version)")
    case "--attach":
      attach(to: CommandLine.arguments.dropFirst(2).first ?? "")
    case nil where SocketDriver.isStartedByHost:
      // What the kernel calls it otherwise is that of the copy that the host executes.
      patchbay_name_process(manifest.name)
      exit(SocketDriver(Self.self).run())
    case "--help", nil:
      puts(usage)
      exit(CommandLine.argc > 1 ? 0 : 2)
    case .some(let argument):
      StandardError.write("unknown argument: \(argument)\n\n\(usage)")
      exit(2)
    }
  }

  private static func attach(to socket: String) -> Never {
    let error = patchbay_attach(socket)
    guard error == 0 else {
      StandardError.write("cannot attach to '\(socket)': \(String(cString: strerror(error)))")
      exit(1)
    }
    exit(SocketDriver(Self.self).run())
  }

  private static var usage: String {
    """
    \(manifest.name) \(manifest.version) is a Patchbay plugin. A gateway starts it:

      install the executable as plugins/\(manifest.name)/\(manifest.version)/\(manifest.name)
      name it in the configuration:  plugins: [{ name: \(manifest.name) }]
      run the gateway:               patchbay run kong.yml

    By hand it serves a gateway that waits for it (patchbay plugin attach \(manifest.name)):

      --attach SOCKET

    or tells about itself:

      --manifest   print its manifest as JSON
      --version    print its name and version
      --help       print this text
    """
  }
}

/// The process's standard error, which the host takes for its log.
enum StandardError {
  static func write(_ line: String) {
    var line = line + "\n"
    line.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
