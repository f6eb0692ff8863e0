"""Skills written on the spot, in the text format of WebAssembly, as anyone can from the contract's table."""

from pathlib import Path

IMPORTS = {
    "log": "(param i32 i32 i32)",
    "get_input_len": "(result i32)",
    "get_input": "(param i32)",
    "set_output": "(param i32 i32)",
    "http_request": "(param i32 i32 i32 i32 i32) (result i32)",
    "read_file": "(param i32 i32 i32 i32) (result i32)",
    "write_file": "(param i32 i32 i32 i32) (result i32)",
    "get_env": "(param i32 i32 i32 i32) (result i32)",
    "result_len": "(result i32)",
    "get_result": "(param i32)",
    "http_fetch": "(param i32 i32) (result i32)",
    "list_dir": "(param i32 i32) (result i32)",
}


def module(body: str, *, data: str = "", imports: tuple[str, ...] = tuple(IMPORTS)) -> str:
    """A module whose `run` is `body`; `data` lies at address 0, 64 KiB of memory."""
    lines = [f'(import "blufio" "{name}" (func ${name} {IMPORTS[name]}))' for name in imports]
    escaped = "".join(f"\\{byte:02x}" for byte in data.encode())
    memory = f'(memory (export "memory") 1) (data (i32.const 0) "{escaped}")'
    return "\n".join(["(module", *lines, memory, f'(func (export "run") {body})', ")"])


def write_skill(
    folder: Path, wat: str, *, name: str = "probe", capabilities: str = "", resources: str = "", extra: str = ""
) -> Path:
    """A skill folder with a `.wat` entry."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "skill.wat").write_text(wat)
    (folder / "skill.toml").write_text(
        f'[skill]\nname = "{name}"\nversion = "0.1.0"\ndescription = "a probe"\n'
        f'{capabilities}\n[resources]\n{resources}\n[wasm]\nentry = "skill.wat"\n{extra}\n'
    )
    return folder
