"""Writes NAME.json beside each NAME.yml: what ruamel.yaml reads in it, by YAML 1.2.

Usage: python3 -m pip install ruamel.yaml==0.19.1; python3 make.py
Keys that are no strings become tagged text, as JSON has none: "!!int 1".
"""

import json
import math
import pathlib

from ruamel.yaml import YAML


def plain(value):
    if isinstance(value, dict):
        return {key(k): plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def key(value):
    if isinstance(value, str):
        return value
    names = {bool: "bool", int: "int", float: "float", type(None): "null"}
    return f"!!{names[type(value)]} {json.dumps(value)}"


for path in pathlib.Path(__file__).parent.glob("*.yml"):
    value = YAML(typ="safe", pure=True).load(path)
    text = json.dumps(plain(value), indent=1, ensure_ascii=False)
    path.with_suffix(".json").write_text(text + "\n")
