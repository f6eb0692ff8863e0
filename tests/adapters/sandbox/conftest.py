"""One client for each test module: its workers and its cache are warm for all tests in it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.core.skills.sandbox import SandboxCall


class Incidents(list[tuple[str, str, str]]):
    """What `on_incident` was told: call, kind, message."""

    async def note(self, call: SandboxCall, kind: str, message: str) -> None:
        self.append((call.call_id, kind, message))


@pytest.fixture(scope="module")
def incidents() -> Incidents:
    return Incidents()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory, incidents: Incidents) -> AsyncIterator[SandboxClient]:
    folder = tmp_path_factory.mktemp("modules")
    client = SandboxClient(folder, max_workers=6, calls_per_second=200, on_incident=incidents.note)
    yield client
    await client.close()
