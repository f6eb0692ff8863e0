"""Whether calls are recorded, for a screen that is there before the program is open."""

from blufio_tui.core.settings.schema import RecordSettings
from blufio_tui.wiring.opening import Opening


class LaterRecording:
    """Implements `ui.ports.replay.RecordingPort`; before the program is open it knows what the configuration says."""

    def __init__(self, opening: Opening, settings: RecordSettings) -> None:
        self._opening = opening
        self._settings = settings
        self._before: dict[str, bool] = {}

    def said(self, session_id: str) -> str:
        parts = self._opening.ready
        if parts is None:
            on, settings = self._before.get(session_id, self._settings.calls), self._settings
        else:
            self._hand_over()
            recorder = parts.backend.recorder
            on, settings = recorder.is_on(session_id), recorder.settings
        if on:
            return "recording"
        return "recording some skills" if settings.skills else ""

    def set(self, session_id: str, on: bool) -> None:
        self._before[session_id] = on
        self._hand_over()

    def _hand_over(self) -> None:
        if (parts := self._opening.ready) is not None:
            for session_id, on in self._before.items():
                parts.backend.recorder.set_session(session_id, on)
            self._before.clear()
