// swift-tools-version: 6.3

import PackageDescription

let package = Package(
  name: "add-header",
  dependencies: [.package(name: "patchbay", path: "../../..")],
  targets: [
    .executableTarget(
      name: "add-header",
      dependencies: [.product(name: "PluginSDK", package: "patchbay")],
      path: "Sources/AddHeader",
      swiftSettings: [.treatAllWarnings(as: .error)]),
    .testTarget(
      name: "AddHeaderTests",
      dependencies: ["add-header", .product(name: "PluginTesting", package: "patchbay")],
      swiftSettings: [.treatAllWarnings(as: .error)]),
  ])
