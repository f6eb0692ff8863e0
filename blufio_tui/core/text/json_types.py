"""The type of a parsed JSON document."""

from collections.abc import Mapping

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
JsonObject = dict[str, Json]
ReadOnlyObject = Mapping[str, Json]
