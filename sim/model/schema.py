"""The JSON Schema of `scenario.toml`, for editors and for machines that write scenarios."""

from __future__ import annotations

from typing import Any

from sim.model.scenario import Scenario

_FROM_CSV = ("staffing", "rates", "profiles", "arrivals", "overrides", "serving")


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `scenario.toml`: the scenario plus `extends` and `remove`.

    `service` and `stream` are not required here: they may stand in services.csv or in the parent.
    """
    out = Scenario.model_json_schema(mode="validation")
    out["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    properties = {key: value for key, value in out["properties"].items() if key not in _FROM_CSV}
    properties["extends"] = {"type": "string", "description": "id of the parent scenario"}
    properties["remove"] = {
        "type": "array",
        "items": {"type": "string"},
        "description": "'section.name' of the parent",
    }
    route = out["$defs"]["Service"]["properties"]["route"]
    out["$defs"]["Service"]["properties"]["route"] = {
        "anyOf": [route, {"type": "array", "items": {"$ref": "#/$defs/Block"}, "minItems": 1}]
    }
    block = out["$defs"]["Block"]["properties"]
    short = {"type": "object", "minProperties": 1, "not": {"required": ["to"]}}
    short["additionalProperties"] = out["$defs"]["Transfer"]["properties"]["to"]["anyOf"][0]["additionalProperties"]
    block["transfer"]["anyOf"].append(short)
    block["release"]["anyOf"].append({"type": "string"})
    block["assign"]["anyOf"].append(out["$defs"]["Assign"]["properties"]["set"])
    out["properties"] = properties
    out["required"] = ["id"]
    return out
