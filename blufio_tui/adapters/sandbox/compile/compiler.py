"""Compiling modules in a child process with limits, once for each module, machine and configuration."""

import asyncio
import importlib.metadata
import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.sandbox import children
from blufio_tui.adapters.sandbox.compile.compile_child import BAD_MODULE, CANNOT_WRITE
from blufio_tui.adapters.sandbox.compile.compiled_cache import CompiledCache, CompiledModule
from blufio_tui.adapters.sandbox.compile.module_plan import ModulePlan, read_verified
from blufio_tui.adapters.sandbox.engine import artifact_id
from blufio_tui.core.errors import ErrorKind, SandboxError
from blufio_tui.core.text.display import printable
from blufio_tui.core.wasm.image import RECIPE

_MAX_WORDS = 1000
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CompileLimits:
    """What compiling one module may cost; each grows with the module, so that a small bomb stays cheap.

    Attributes:
        cpu_secs, cpu_secs_per_mib: processor time.
        memory_bytes, memory_per_byte: address space of the child.
        output_bytes: native code at most.
        parallel: children at once.
    """

    cpu_secs: int = 10
    cpu_secs_per_mib: int = 10
    memory_bytes: int = 768 * _MIB
    memory_per_byte: int = 96
    output_bytes: int = 256 * _MIB
    parallel: int = 2


class Compiler:
    """Gives the compiled form of a module, from the cache or made again."""

    def __init__(self, python: str, cache: CompiledCache, limits: CompileLimits) -> None:
        self._python = python
        self._cache = cache
        self._limits = limits
        self._version = importlib.metadata.version("wasmtime")
        self._verified: dict[Path, tuple[tuple[int, ...], str]] = {}
        self._known: dict[str, CompiledModule] = {}
        self._refused: dict[str, SandboxError] = {}
        self._running: dict[str, asyncio.Lock] = {}
        self._children = asyncio.Semaphore(limits.parallel)

    async def compiled(self, plan: ModulePlan) -> CompiledModule:
        """
        Raises:
            SandboxError: `integrity`: the file changed; `invalid_module`: it cannot be compiled; `host_error`: there
                is no place for what it compiles to.
        """
        data = await self._read_if_changed(plan)
        artifact = self._artifact(plan)
        if (known := self._known.get(artifact)) is not None:
            return known
        async with self._running.setdefault(artifact, asyncio.Lock()):
            try:
                self._known[artifact] = found = await self._find_or_compile(plan, artifact, data)
            except OSError as error:
                raise self._no_place(plan, error.strerror or str(error)) from error
            return found

    async def _find_or_compile(self, plan: ModulePlan, artifact: str, data: bytes | None) -> CompiledModule:
        if artifact in self._refused:
            raise self._refused[artifact]
        if (found := self._known.get(artifact) or self._cache.find(artifact)) is not None:
            return found
        if data is None:
            data = await asyncio.to_thread(read_verified, plan.source, plan.sha256)
        return await self._compile(plan, artifact, data)

    def _artifact(self, plan: ModulePlan) -> str:
        return artifact_id(plan.sha256, self._version, RECIPE + plan.source.suffix)

    def discard(self, plan: ModulePlan) -> None:
        """Forget a compiled module that turned out not to be usable."""
        artifact = self._artifact(plan)
        self._known.pop(artifact, None)
        self._cache.discard(artifact)

    async def _read_if_changed(self, plan: ModulePlan) -> bytes | None:
        """Check the source's hash, unless exactly this file was checked before; its bytes if it was read."""
        try:
            info = os.stat(plan.source)  # noqa: PTH116  (at each call, and half the price of `Path.stat`)
        except OSError as error:
            raise SandboxError(ErrorKind.INVALID_MODULE, f"cannot read {plan.source}: {error.strerror}") from error
        seen = (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
        if self._verified.get(plan.source) == (seen, plan.sha256):
            return None
        data = await asyncio.to_thread(read_verified, plan.source, plan.sha256)
        self._verified[plan.source] = (seen, plan.sha256)
        return data

    async def _compile(self, plan: ModulePlan, artifact: str, data: bytes) -> CompiledModule:
        async with self._children:
            scratch_fd, scratch = self._cache.open_scratch()
            try:
                status, words = await self._run_child(plan, data, scratch_fd)
                if status == 0:
                    return await asyncio.to_thread(self._cache.adopt, artifact, scratch)
                if status == CANNOT_WRITE:
                    raise self._no_place(plan, words)
                if status == -signal.SIGKILL:
                    raise _killed(plan)
                self._refused[artifact] = self._refusal(plan, len(data), status, words)
                raise self._refused[artifact]
            finally:
                os.close(scratch_fd)
                scratch.unlink(missing_ok=True)

    async def _run_child(self, plan: ModulePlan, data: bytes, output: int) -> tuple[int, str]:
        limits = {
            "text": plan.source.suffix == ".wat",
            "cpu_secs": self._cpu_secs(len(data)),
            "memory_bytes": self._memory_bytes(len(data)),
            "output_bytes": self._limits.output_bytes,
        }
        child = await asyncio.create_subprocess_exec(
            *children.command(self._python, children.COMPILER, json.dumps(limits)),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.PIPE,
            env=children.environment(),
            cwd="/",
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(3.0 * limits["cpu_secs"] + 30):
                _, words = await child.communicate(data)
        except TimeoutError:
            return -signal.SIGXCPU, ""
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        return child.returncode or 0, printable(" ".join(words.decode(errors="replace").split()), _MAX_WORDS)

    def _cpu_secs(self, size: int) -> int:
        return self._limits.cpu_secs + self._limits.cpu_secs_per_mib * size // _MIB

    def _memory_bytes(self, size: int) -> int:
        return self._limits.memory_bytes + self._limits.memory_per_byte * size

    def _no_place(self, plan: ModulePlan, why: str) -> SandboxError:
        return SandboxError(
            ErrorKind.HOST_ERROR,
            f"{plan.source.name} cannot be compiled: its native code cannot be kept in {self._cache.folder}: {why}",
        )

    def _refusal(self, plan: ModulePlan, size: int, status: int, words: str) -> SandboxError:
        name = plan.source.name
        if status == BAD_MODULE:
            return SandboxError(ErrorKind.INVALID_MODULE, f"{name} is not a module that can run here: {words}")
        if status == -signal.SIGXCPU:
            why = f"takes more than {self._cpu_secs(size)} s of processor time"
        elif status == -signal.SIGXFSZ:
            why = f"gives more than {self._limits.output_bytes // _MIB} MiB of native code"
        else:
            why = f"needs more than {self._memory_bytes(size) // _MIB} MiB of memory, or ended the compiler ({status})"
        return SandboxError(ErrorKind.INVALID_MODULE, f"{name} cannot be compiled: compiling it {why}")


def _killed(plan: ModulePlan) -> SandboxError:
    """Not by its limits: the system was short of memory, or somebody ended it. Another time it may go well."""
    return SandboxError(
        ErrorKind.HOST_ERROR,
        f"{plan.source.name} was not compiled: the compiler was killed from outside, perhaps because this machine is "
        "short of memory; the next call tries again",
    )
