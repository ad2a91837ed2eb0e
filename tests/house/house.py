#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
The house: which rooms the program has, who may know whom, and that it stays so.
    house.py                        prints the rooms, the upper floors first
    house.py check BUILD [NM]       fails where the sources keep none of the rules below; BUILD is a finished build
    house.py self-test              each rule is seen to fail, with houses made up for it

A room is a folder whose meson.build begins, behind the licence, with what it is in one line and with lines like these:
    # Knows: lib, failure.
    # Known by: network, run.
    # Doors: undo.h, undo-entry.h.
What isn't a door is no other room's business; without that line all of a room's headers are doors. Where the list of a
room's sources begins with a comment each of them is a floor's name, the upper floors first, and none needs a floor above it.
"""
import collections
import json
import pathlib
import re
import statistics
import subprocess
import sys

# Where rooms are.
TOPS = ("lib", "ike", "l2tp", "ppp", "client", "networkmanager")
# What isn't in every build.
OPTIONAL = ("networkmanager",)

FILE_MAX = 700
FUNCTION_MAX = 60
FUNCTION_MEDIAN_MAX = 13
# Files that are to stay shorter than the others.
FILE_MAX_OF = {"connection.c": 500}
TEST_FILE_MAX = 800

Room = collections.namedtuple("Room", "path what knows known_by doors")
# What the rules look at. `includes` and `symbols` are of each file by its path: whom it names, and which names it
# (defines, uses). `depths` is how far below its room's top a file is, where the room has floors.
House = collections.namedtuple("House", "rooms texts tests includes symbols depths", defaults=({},))


# --- Reading

def words(line):
    return tuple(word.strip() for word in line.rstrip(".").split(",") if word.strip() not in ("", "nobody"))


def read_room(path, text):
    """The room that a meson.build's head tells of, or None: a folder of another kind."""
    head = re.match(r"# SPDX[^\n]*\n((?:#[^\n]*\n)+)", text)
    said = {}
    lines = [line[1:].strip() for line in head.group(1).splitlines()] if head else []
    for line in lines:
        said.update(re.findall(r"^(Knows|Known by|Doors): (.*)$", line))
    if "Knows" not in said:
        return None
    doors = words(said["Doors"]) if "Doors" in said else None
    return Room(path, lines[0], words(said["Knows"]), words(said.get("Known by", "")), doors)


def read_depths(path, text):
    """How far below the top each unit of a room stands: one deeper for each comment in the list that begins with one."""
    depths = {}
    for listed in re.findall(r"^\w+ = files\(\n((?:  #).*?)^\)", text, re.M | re.S):
        depth = 0
        for comment, name in re.findall(r"^  (?:(#)|'([\w-]+)\.[ch]',)", listed, re.M):
            depth += bool(comment)
            if name:
                depths[f"{path}/{name}"] = depth
    return depths


def name_of(path):
    return path.rsplit("/", 1)[-1]


def read_rooms(source):
    rooms = {}
    for path in sorted(path for top in TOPS for path in (source / top).glob("**/meson.build")):
        folder = path.parent.relative_to(source).as_posix()
        room = read_room(folder, path.read_text())
        if room:
            rooms[name_of(folder)] = room
    return rooms


def read_includes(text, known):
    return [name for name in re.findall(r'^#include "([^"]+)"', text, re.M) if name in known]


def read_objects(source, build, texts):
    """The object of each source that was built, by the build's own record."""
    objects = {}
    paths = {(source / name).as_posix(): name for name in texts}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        name = paths.get((pathlib.Path(entry["directory"]) / entry["file"]).resolve().as_posix())
        output = pathlib.Path(entry["directory"]) / entry["output"]
        if name and output.exists():
            objects.setdefault(name, output)
    return objects


def read_symbols(listing, names):
    """What `nm -P -g` says of several objects: of each (defines, uses). `names` are the sources of the objects."""
    symbols, current = {}, None
    for line in listing.splitlines():
        fields = line.split()
        if line.endswith(":"):
            current = symbols.setdefault(names[line[:-1]], (set(), set()))
        elif len(fields) > 1 and not fields[0].startswith("__") and current:
            current[fields[1] in "Uw"].add(fields[0])
    return symbols


def read_house(source, build, nm):
    rooms = read_rooms(source)
    texts = {}
    for room in rooms.values():
        for path in (source / room.path).glob("*.[ch]"):
            texts[path.relative_to(source).as_posix()] = path.read_text()
    tests = {path.relative_to(source).as_posix(): path.read_text() for path in source.glob("tests/**/*.[ch]")}
    depths = {}
    for room in rooms.values():
        depths.update(read_depths(room.path, (source / room.path / "meson.build").read_text()))
    includes = {name: read_includes(text, texts) for name, text in texts.items()}
    objects = read_objects(source, build, texts)
    # With one object nm wouldn't say whose the symbols are.
    listing = subprocess.run([nm, "-P", "-g", *map(str, objects.values()), str(next(iter(objects.values())))],
                             check=True, capture_output=True, text=True).stdout
    symbols = read_symbols(listing, {str(path): name for name, path in objects.items()})
    return House(rooms, texts, tests, includes, symbols, depths)


# --- The graph

def unit(name):
    """A source and its own header are one."""
    return name.rsplit(".", 1)[0]


def room_of(house, name):
    return name_of(name.rsplit("/", 1)[0])


def edges(house):
    """Who needs whom, file by file, with the reason."""
    owners = {}
    for name, (defines, _) in house.symbols.items():
        for symbol in defines - {"main"}:
            owners[symbol] = name
    for name, included in house.includes.items():
        for other in included:
            yield name, other, "includes it"
    for name, (defines, uses) in house.symbols.items():
        for symbol in sorted(uses - defines):
            if symbol in owners:
                yield name, owners[symbol], symbol


def graph(house):
    needs = {unit(name): {} for name in house.texts}
    for name, other, why in edges(house):
        if unit(name) != unit(other):
            needs[unit(name)].setdefault(unit(other), why)
    return needs


def circles(needs):
    """Tarjan's: sets of more than one from each of which all the others can be reached."""
    order, low, stack, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in needs.get(node, ()):
            if other not in order:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == order[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(needs):
        if node not in order:
            visit(node)
    return found


def floors(rooms):
    """Above all that it knows; those that know nobody are on floor 0."""
    def floor(name):
        return 1 + max((floor(other) for other in rooms[name].knows if other in rooms), default=-1)
    return {name: floor(name) for name in rooms}


# --- The rules. Each yields what is wrong.

def wrong_rooms(house):
    for name, room in house.rooms.items():
        for other in (*room.knows, *room.known_by):
            if other not in house.rooms and other != "everybody":
                yield f"{name}: there is no room {other}"
        for other in room.knows:
            if other in house.rooms and not {name, "everybody"} & set(house.rooms[other].known_by):
                yield f"{name} says that it knows {other}, which doesn't say so"
        for other in room.known_by:
            if other in house.rooms and name not in house.rooms[other].knows:
                yield f"{name} says that {other} knows it, which doesn't say so"
        for door in room.doors or ():
            if f"{room.path}/{door}" not in house.texts:
                yield f"{name}: there is no door {door}"
    for circle in circles({name: room.knows for name, room in house.rooms.items()}):
        yield f"a circle of rooms: {', '.join(circle)}"


def wrong_neighbours(house):
    used = set()
    for name, other, why in edges(house):
        here, there = room_of(house, name), room_of(house, other)
        if here == there:
            continue
        used.add((here, there))
        if there not in house.rooms[here].knows:
            yield f"{name} knows {other} ({why}); {here} may not know {there}"
        doors = house.rooms[there].doors
        if other.endswith(".h") and doors is not None and name_of(other) not in doors:
            yield f"{name} includes {other}, which is no door of {there}"
    for name, room in house.rooms.items():
        for other in room.knows:
            if (name, other) not in used:
                yield f"{name} may know {other} and has no need to"


def wrong_floors(house):
    for name, other, why in edges(house):
        here, there = house.depths.get(unit(name)), house.depths.get(unit(other))
        if here and there and here > there and room_of(house, name) == room_of(house, other):
            yield f"{name} needs {other} ({why}), which is on a floor above it"


def wrong_circles(house):
    needs = graph(house)
    for circle in circles(needs):
        yield "a circle of files:"
        for name in circle:
            inside = [f"{other} ({why})" for other, why in sorted(needs[name].items()) if other in circle]
            yield f"    {name} needs {', '.join(inside)}"


def wrong_lengths(house):
    limits = [(name, text, FILE_MAX_OF.get(name_of(name), FILE_MAX)) for name, text in house.texts.items()]
    limits += [(name, text, TEST_FILE_MAX) for name, text in house.tests.items()]
    for name, text, limit in limits:
        lines = text.count("\n")
        if lines > limit:
            yield f"{name} has {lines} lines, {limit} are the most"


def functions(text):
    """(its first line, how many lines) of each function; the braces of nothing else stand alone at a line's begin."""
    lines = text.split("\n")
    for begin, line in enumerate(lines):
        if line != "{":
            continue
        first = begin
        while first > 0 and re.search(r"[^;}/:]$", lines[first - 1]) and lines[first - 1][0] != "#":
            first -= 1
        yield lines[first], lines.index("}", begin) - first + 1


def wrong_functions(house):
    lengths = []
    for name, text in house.texts.items():
        for first, lines in functions(text):
            lengths.append(lines)
            if lines > FUNCTION_MAX:
                yield f"{name}: {lines} lines of {first}; {FUNCTION_MAX} are the most"
    if lengths and statistics.median(lengths) > FUNCTION_MEDIAN_MAX:
        yield f"half of all functions have more than {FUNCTION_MEDIAN_MAX} lines"


def wrong_build(house):
    """Without symbols a circle of calls wouldn't be seen."""
    def sources(names):
        return sum(name.endswith(".c") and not name.startswith(OPTIONAL) for name in names)
    if sources(house.symbols) < 0.9 * sources(house.texts):
        yield "most sources have no object: is this a finished build?"


def wrong_picture(house, document):
    if shown(house.rooms) not in document:
        yield "docs/design.md shows another house than `house.py` prints"


RULES = (wrong_rooms, wrong_neighbours, wrong_floors, wrong_circles, wrong_lengths, wrong_functions, wrong_build)


def check(source, build, nm="nm"):
    house = read_house(source, build, nm)
    faults = [fault for rule in RULES for fault in rule(house)]
    faults += wrong_picture(house, (source / "docs/design.md").read_text())
    print(f"{len(house.rooms)} rooms, {len(house.texts)} files, {sum(map(len, graph(house).values()))} needs")
    print("\n".join(dict.fromkeys(faults)))
    return bool(faults)


# --- The house as it is shown

def shown(rooms):
    floor_of = floors(rooms)
    lines = []
    width = max(len(room.path) + 1 for room in rooms.values())
    for name in sorted(rooms, key=lambda name: (-floor_of[name], name)):
        room = rooms[name]
        knows = " ".join(sorted(room.knows, key=lambda other: (-floor_of[other], other)))
        lines.append(f"{floor_of[name]}  {room.path + '/':{width}} {room.what}")
        lines.append(f"   {'':{width}} {'-> ' + knows if knows else 'knows nobody'}")
    return "\n".join(lines)


# --- The test's own test

def made_up(knows, files, long=0):
    """A house of rooms {name: knows} and files {name: (includes, defines, uses)}."""
    rooms = {name: Room(name, "", known, tuple(n for n, k in knows.items() if name in k),
                        ("door.h",) if f"{name}/door.h" in files else None) for name, known in knows.items()}
    texts = {name: "\n" * long for name in files}
    return House(rooms, texts, {}, {name: file[0] for name, file in files.items()},
                 {name: (set(file[1]), set(file[2])) for name, file in files.items()})


SOUND = {"up/a.c": (["up/a.h", "down/door.h"], ["a"], ["d"]), "up/a.h": ([], [], []),
         "down/d.c": (["down/door.h"], ["d"], []), "down/door.h": ([], [], [])}
FUNCTION = "static int f(int a,\n\t     int b)\n{\n%s}\n"


def self_test():
    def seen(rule, house, *text):
        said = "\n".join(rule(house))
        return said == "" if not text else all(part in said for part in text)

    arrow = {"up": ("down",), "down": ()}
    sound = made_up(arrow, SOUND)
    functions_of = lambda text: sound._replace(texts={"up/a.c": text})
    listing = "one.o:\nf T 0 1\n__asan_init U\ng U\ntwo.o:\ng T 0 1\nv D 0 4\n"
    expected = {
        "a sound house": all(seen(rule, sound) for rule in RULES),
        "a circle of includes": seen(wrong_circles, made_up(arrow, {
            **SOUND, "up/a.h": (["up/b.h"], [], []), "up/b.h": (["up/a.h"], [], [])}), "up/a needs up/b", "up/b needs"),
        "a circle of calls": seen(wrong_circles, made_up(arrow, {
            **SOUND, "up/b.c": ([], ["b"], ["a"]), "up/a.c": ([], ["a"], ["b"])}), "up/b needs up/a (a)"),
        "one of three, of both": seen(wrong_circles, made_up(arrow, {
            "up/a.c": ([], ["a"], ["b"]), "up/b.c": (["up/c.h"], ["b"], []), "up/c.c": ([], ["c"], ["a"]),
            "up/c.h": ([], [], [])}), "up/c needs up/a (a)"),
        "a source and its header": seen(wrong_circles, made_up(arrow, {
            **SOUND, "up/a.h": (["up/a.c"], [], [])})),
        "an include upwards": seen(wrong_neighbours, made_up(arrow, {
            **SOUND, "down/d.c": (["up/a.h"], ["d"], [])}), "down may not know up"),
        "a call upwards": seen(wrong_neighbours, made_up(arrow, {
            **SOUND, "down/d.c": ([], ["d"], ["a"])}), "down may not know up"),
        "a back door": seen(wrong_neighbours, made_up(arrow, {
            **SOUND, "up/a.c": (["down/inner.h"], ["a"], ["d"]), "down/inner.h": ([], [], [])}), "is no door of down"),
        "an arrow for nothing": seen(wrong_neighbours, made_up({"up": ("down",), "down": ()}, {
            "up/a.c": ([], ["a"], []), "down/door.h": ([], [], [])}), "has no need to"),
        "a call to a floor above": seen(wrong_floors, made_up(arrow, {
            **SOUND, "up/b.c": ([], ["b"], ["a"])})._replace(depths={"up/a": 1, "up/b": 2}), "up/b.c needs up/a.c (a)"),
        "a call to the same floor": seen(wrong_floors, made_up(arrow, {
            **SOUND, "up/b.c": ([], ["b"], ["a"])})._replace(depths={"up/a": 2, "up/b": 2})),
        "a circle of rooms": seen(wrong_rooms, made_up({"up": ("down",), "down": ("up",)}, SOUND), "a circle of rooms"),
        "an arrow that one side denies": seen(wrong_rooms, sound._replace(rooms={
            **sound.rooms, "down": sound.rooms["down"]._replace(known_by=())}), "doesn't say so"),
        "a room that isn't": seen(wrong_rooms, made_up({"up": ("cellar",)}, SOUND), "no room cellar"),
        "a door that isn't": seen(wrong_rooms, sound._replace(texts={}), "no door door.h"),
        "a long file": seen(wrong_lengths, made_up(arrow, SOUND, FILE_MAX + 1), f"{FILE_MAX} are the most"),
        "a file just short enough": seen(wrong_lengths, made_up(arrow, SOUND, FILE_MAX)),
        "a long test": seen(wrong_lengths, sound._replace(tests={"t.c": "\n" * 801}), "801 lines"),
        "a long function": seen(wrong_functions, functions_of(FUNCTION % ("\n" * 60)), "64 lines of static int f"),
        "long functions": seen(wrong_functions, functions_of(FUNCTION % ("\n" * 10)), "half of all"),
        "a short function": seen(wrong_functions, functions_of(FUNCTION % "\tint a[] = {\n\t};\n")),
        "an old picture": seen(lambda house: wrong_picture(house, "1  up/  -> down"), sound, "another house"),
        "a true picture": seen(lambda house: wrong_picture(house, "It is\n" + shown(house.rooms) + "\n."), sound),
        "a build without objects": seen(wrong_build, sound._replace(symbols={}), "finished build"),
        "nm's words": read_symbols(listing, {"one.o": "1.c", "two.o": "2.c"}) ==
        {"1.c": ({"f"}, {"g"}), "2.c": ({"g", "v"}, set())},
        "a room's head": read_room("a/b", "# SPDX\n# What.\n# More.\n# Knows: c, d.\n# Known by: e.\nx = 1\n") ==
        Room("a/b", "What.", ("c", "d"), ("e",), None),
        "no room": read_room("a", "# SPDX\n# What.\n\n# Knows: c.\n") is None,
        "a room's floors": read_depths("a", "x = files(\n  # Up.\n  'b.c',\n  # Down.\n  'c.c',\n  'd.c',\n)\n") ==
        {"a/b": 1, "a/c": 2, "a/d": 2},
        "no floors": read_depths("a", "x = files(\n  'b.c',\n  # Or so.\n  'c.c',\n)\n") == {},
        "floors": floors(sound.rooms) == {"up": 1, "down": 0},
    }
    failed = [name for name, good in expected.items() if not good]
    print(f"{len(expected) - len(failed)} of {len(expected)} as they are to be")
    print("\n".join(failed))
    return bool(failed)


def main():
    source = pathlib.Path(__file__).resolve().parents[2]
    if sys.argv[1:2] == ["check"] and len(sys.argv) in (3, 4):
        return check(source, pathlib.Path(sys.argv[2]), *sys.argv[3:])
    if sys.argv[1:] == ["self-test"]:
        return self_test()
    if len(sys.argv) > 1:
        print(__doc__, file=sys.stderr)
        return 2
    print(shown(read_rooms(source)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
