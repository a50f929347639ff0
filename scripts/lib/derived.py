"""derived - what documents and the page take from the code: the tables of the rules, the enums, the schema of messages.

Imported by scripts/docs and by checks. Reads libcommon/game (by a small program, and its headers' enums) and proto/.
"""
import collections
import functools
import json
import os
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = TOP / "build/golden/rules"
PROGRAM_SOURCES = ("tests/golden/rules.c", "libcommon/game/rules/rules.c", "libcommon/game/rules/mode.c", "libcommon/base/status.c",
                   "libcommon/base/memory.c")


@functools.cache
def rules():
    """What tests/golden/rules.c prints."""
    PROGRAM.parent.mkdir(parents=True, exist_ok=True)
    own = PROGRAM.with_name(f"rules.{os.getpid()}")
    sources = [str(TOP / source) for source in PROGRAM_SOURCES if (TOP / source).exists()]
    subprocess.run(["gcc", "-std=c17", "-O0", "-w", f"-I{TOP}", *sources, "-o", str(own)], check=True)
    own.replace(PROGRAM)
    return json.loads(subprocess.run([str(PROGRAM)], check=True, capture_output=True, text=True).stdout)


def enum_of(header, tag, prefix):
    """{NAME: value} of a C enum whose values are plain numbers or count up; prefix, and what only counts, is left out."""
    text = re.sub(r"/\*.*?\*/", "", (TOP / header).read_text(encoding="utf-8"), flags=re.S)
    body = re.search(rf"enum {tag} {{(.*?)}}", text, re.S)[1]
    values, following = {}, 0
    for name, value in re.findall(r"(\w+)\s*(?:=\s*(\d+))?\s*(?:,|$)", body.strip()):
        following = int(value) if value else following
        values[name] = following
        following += 1
    return {name.removeprefix(prefix): value for name, value in values.items() if not re.search(r"_COUNT$", name)}


def shift_of(header, name):
    return int(re.search(rf"#define {name}\s+(\d+)", (TOP / header).read_text(encoding="utf-8"))[1])


# ---- messages ----------------------------------------------------------------------------------

Field = collections.namedtuple("Field", "name type number is_repeated oneof comment")
FIELD = re.compile(r"^\s*(repeated\s+)?([\w.]+)\s+(\w+)\s*=\s*(\d+)\s*;\s*(?://\s*(.*))?$")


@functools.cache
def schema():
    """({message: [Field, ...]}, {enum: {NAME: number}}) of proto/client.proto and what it imports."""
    messages, enums = {}, {}
    for path in ("proto/ticket.proto", "proto/client.proto"):
        read_proto((TOP / path).read_text(encoding="utf-8"), messages, enums)
    return messages, enums


def read_proto(text, messages, enums):
    message = enum = oneof = None
    for line in text.splitlines():
        if opened := re.match(r"\s*(message|enum|oneof) (\w+) {", line):
            kind, name = opened.groups()
            if kind == "message":
                message = messages.setdefault(name, [])
            elif kind == "enum":
                enum = enums.setdefault(name, {})
            else:
                oneof = name
        elif re.match(r"\s*}", line):
            if oneof:
                oneof = None
            else:
                message = enum = None
        elif enum is not None and (value := re.match(r"\s*(\w+) = (\d+);", line)):
            enum[value[1]] = int(value[2])
        elif message is not None and (field := FIELD.match(line)):
            message.append(Field(field[3], field[2], int(field[4]), bool(field[1]), oneof, field[5] or ""))


def reached_from(roots):
    """The messages that these consist of, in the schema's order."""
    messages, _ = schema()
    found, waiting = set(), list(roots)
    while waiting:
        name = waiting.pop()
        if name in messages and name not in found:
            found.add(name)
            waiting += [field.type for field in messages[name]]
    return [name for name in messages if name in found]


# ---- the page's modules ------------------------------------------------------------------------

WEB = TOP / "services/gateway/web"
PAGE_ROOTS = ("ClientMessage", "ServerMessage")


def js_object(values):
    return "{ " + ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()) + " }"


def page_rules():
    """services/gateway/web/rules.js"""
    r, view, world = rules(), "libcommon/game/snapshot/view.h", "libcommon/game/world"
    events, phases = enum_of(f"{world}/event.h", "event_kind", "EVENT_"), enum_of(f"{world}/world.h", "world_phase", "WORLD_")
    flags, buttons = enum_of(view, "view_flag", "VIEW_"), enum_of(f"{world}/input.h", "input_button", "INPUT_")
    flags.pop("FLAGS"), buttons.pop("BUTTONS")
    scale = {"POSITION": 1 << 16 - shift_of(view, "VIEW_POSITION_SHIFT"), "VELOCITY": 1 << 16 - shift_of(view, "VIEW_VELOCITY_SHIFT"),
             "AIM": 1 << 16 - shift_of(view, "VIEW_AIM_SHIFT"), "ORIGIN": 1 << 16 - shift_of(view, "VIEW_ORIGIN_SHIFT")}
    weapons = "".join(f"  {{ name: {json.dumps(w['name'])}, speed: {w['speed_per_s']:g} / {r['tick_rate']}, magazine: {w['magazine']} }},\n"
                      for w in r["weapons"])
    lines = [
        "// SPDX-License-Identifier: Apache-2.0",
        "// rules.js - the tables of libcommon/game that the page needs. Written by scripts/docs (make docs).",
        "",
        f"export const VIEW_ALL = {r['view_all']};",
        f"export const SLOT_NONE = {r['slot_none']};",
        f"export const TEAM_NONE = {r['team_none']};",
        f"export const TEAMS = {r['teams_max']};",
        f"export const Phase = {js_object(phases)};",
        f"export const Event = {js_object(events)};",
        f"export const Button = {js_object(buttons)};",
        f"export const Flag = {js_object(flags)};",
        "/** What positions, velocities and aims of others count: parts of a unit, of a unit a tick, of a turn; and origins of projectiles. */",
        f"export const Scale = {js_object(scale)};",
        "/** Speeds are units a tick. */",
        f"export const WEAPONS = [\n  null,\n{weapons}];",
        "/** By kind; the first EFFECTS last a while: a player's flags from SPEED on, the own player's effects. */",
        f"export const EFFECTS = {r['effects']};",
        f"export const POWER_UPS = {json.dumps([p['name'] for p in r['power_ups']])};",
    ]
    return "\n".join(lines) + "\n"


def page_messages():
    """services/gateway/web/messages.js"""
    messages, enums = schema()
    lines = [
        "// SPDX-License-Identifier: Apache-2.0",
        "// messages.js - the fields of the messages of proto/client.proto, by name: what connection.js turns names into numbers by.",
        "// Written by scripts/docs (make docs).",
        "",
        "/** message: { field: [number, kind, is an array] }; kind: a message's name, or what the field is where it was left out. */",
        "export const MESSAGES = {",
    ]
    names = reached_from(PAGE_ROOTS)
    for name in names:
        lines.append(f"  {name}: {{")
        for field in messages[name]:
            lines.append(f"    {field.name}: [{field.number}, {kind_of(field, messages, enums)}, {str(field.is_repeated).lower()}],")
        lines.append("  },")
    lines.append("};")
    used = {field.type for name in names for field in messages[name]}
    for name, values in enums.items():
        if name in used:
            lines.append(f"\nexport const {name} = {js_object(values)};")
    return "\n".join(lines) + "\n"


def kind_of(field, messages, enums):
    if field.type in messages:
        return json.dumps(field.type)
    if field.type in enums:
        return "0"
    return {"string": '""', "bytes": "null", "bool": "false"}.get(field.type, "0")


def page_modules():
    """{path: text}"""
    return {WEB / "rules.js": page_rules(), WEB / "messages.js": page_messages()}
