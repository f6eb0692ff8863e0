"""A server made with the reference SDK: what others build, to see that both understand each other.

Run as `python sdk_server.py stdio` or `python sdk_server.py http PORT_FILE`.
"""

import asyncio
import socket
import sys
from pathlib import Path

from mcp.server.mcpserver import Context, MCPServer
from pydantic import BaseModel

app = MCPServer("reference")


class Person(BaseModel):
    name: str
    age: int


@app.tool()
def greet(person: Person) -> Person:
    """Makes a person one year older."""
    return Person(name=person.name, age=person.age + 1)


@app.tool()
async def slow(steps: int, ctx: Context) -> str:
    """Reports its progress."""
    for step in range(steps):
        await ctx.report_progress(step + 1, steps, f"step {step + 1}")
    return "done"


@app.tool()
def fails() -> str:
    """Always fails."""
    raise ValueError("this went wrong")


@app.prompt()
def essay(topic: str) -> str:
    """Asks for an essay."""
    return f"Write about {topic}."


@app.resource("memo://{name}")
def memo(name: str) -> str:
    """A memo."""
    return f"the memo {name}"


@app.resource("memo://first")
def first() -> str:
    """The first memo."""
    return "the first memo"


async def serve(file: Path) -> None:
    import uvicorn

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(uvicorn.Config(app.streamable_http_app(), log_level="error"))
    file.write_text(str(listening.getsockname()[1]))
    await server.serve(sockets=[listening])


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        app.run("stdio")
    else:
        asyncio.run(serve(Path(sys.argv[2])))
