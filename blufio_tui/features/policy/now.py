"""The current policy: the basis of decisions, and what is hidden from searches and models."""

from collections.abc import Sequence

from blufio_tui.adapters.config.deny_rule_links import with_real_paths
from blufio_tui.adapters.config.live_mode import LiveMode
from blufio_tui.adapters.config.live_settings import LiveSettings
from blufio_tui.core.capability import Actor, CapabilityRequest, FileTarget, Kind
from blufio_tui.core.clock import Clock
from blufio_tui.core.flows.marks import FlowRules
from blufio_tui.core.gate.gate import Circumstances
from blufio_tui.core.gate.recorded_grants import RecordedGrants
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.decide import PolicyView, hidden_from_search
from blufio_tui.core.policy.matching import kept_from_model
from blufio_tui.core.policy.rules import UserRule


class PolicyNow:
    """
    Args:
        attended: a person sits before the screen: a question then waits until it is answered, unless the
            configuration says how long.
        mode_chosen: see `Circumstances`.
    """

    def __init__(
        self,
        settings: LiveSettings,
        grants: RecordedGrants,
        mode: LiveMode,
        places: Places,
        clock: Clock,
        *,
        attended: bool,
        mode_chosen: bool,
    ) -> None:
        self._settings = settings
        self._grants = grants
        self.mode = mode
        self.places = places
        self._clock = clock
        self._attended = attended
        self._mode_chosen = mode_chosen

    def rules(self) -> tuple[UserRule, ...]:
        """The person's own rules, also under the real paths of what they deny."""
        return with_real_paths(self._settings.now().policy.rules, self.places)

    def circumstances(self) -> Circumstances:
        settings = self._settings.now()
        endless = self._attended and not self._settings.is_set("approval.timeout_secs")
        waits = 0.0 if endless else settings.approval.timeout_secs
        flows = settings.flows
        flow_rules = FlowRules(flows.guard, flows.private, flows.foreign, flows.own_hosts)
        rules = with_real_paths(settings.policy.rules, self.places)
        return Circumstances(self.mode.get(), self.places, rules, waits, self._mode_chosen, flow_rules)

    def is_hidden(self, actor: Actor, path: str) -> bool:
        """Whether a search leaves the file out."""
        grants = self._grants
        view = PolicyView(
            self.mode.get(), self.places, self._clock.now(), "", self.rules(), grants.grants(), grants.blocked
        )
        return hidden_from_search(CapabilityRequest(actor, FileTarget(Kind.FS_READ, path, path, "read")), view)

    def kept_from_models(self, actor: str, read: Sequence[str]) -> str:
        """The first rule that keeps one of the files that a skill has read from models, in words; "" for none."""
        rules = self.rules()
        return next((said for path in read if (said := kept_from_model(rules, actor, path, self.places))), "")
