"""A clock that a test turns by hand."""


class SettableClock:
    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def pass_seconds(self, seconds: float) -> None:
        self.time += seconds
