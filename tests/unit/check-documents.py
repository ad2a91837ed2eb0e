#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
What the documents show is run: every profile by `tsunagu check`, which must have nothing to say against it
and find the secrets that stand in it; every command is looked up in the program's own help.
    check-documents.py TSUNAGU SOURCE
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

# What only a user's own machine has.
ELSEWHERE = ("can't be run", "there is no such file")


def documents(source):
    """(path, blocks, text) of each document, with a manual page's markup taken out."""
    for path in sorted([*source.glob("*.md"), *source.glob("docs/*.md"), *source.glob("tests/lab/*.md")]):
        text = path.read_text()
        yield path, re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S), text
    for path in sorted([*source.glob("man/*.in"), *source.glob("man/ja/*.in")]):
        text = path.read_text().replace("\\-", "-").replace("\\e", "\\").replace("\\&", "")
        yield path, re.findall(r"^\.nf\n(.*?)^\.fi", text, re.M | re.S), text


def written_profiles(block):
    """Keyfiles that a block's here-documents write."""
    return [text for _, text in re.findall(r"<<'?(\w+)'?\n(.*?)^\1$", block, re.M | re.S) if is_profile(text)]


def is_profile(text):
    return re.search(r"^\[vpn\]$", text, re.M)


def profiles(block):
    """Keyfiles in a block: what a here-document writes, or the block itself."""
    return written_profiles(block) or [text for text in [block] if is_profile(text)]


def check_profile(program, text):
    """What `tsunagu check` says of it, as (level, text), and on the standard error."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "shown.nmconnection"
        path.write_text(text)
        path.chmod(0o600)
        run = subprocess.run([program, "check", str(path), "--json"], capture_output=True, text=True)
    rows = [row for row in map(json.loads, run.stdout.splitlines()) if row["about"] == "shown"]
    return [(row["level"], row["text"]) for row in rows], run.stderr


def faults_of_profile(program, text):
    """What `tsunagu check` says against it, and secrets that it doesn't find."""
    rows, stderr = check_profile(program, text)
    said = [text for level, text in rows if level == "ok"]
    faults = [text for level, text in rows if level != "ok"]
    faults = [fault for fault in faults if not any(word in fault for word in ELSEWHERE)]
    if not said:
        faults.append(stderr or "nothing was said")
    for key, words in (("password", "password: in the profile"), ("ipsec-psk", "pre-shared key: in the profile")):
        if re.search(rf"^{key}=", text, re.M) and words not in said:
            faults.append(f"{key} is not found")
    return faults


def faults_of_services(program, blocks, text):
    """A service has no terminal: a document that starts one writes no profile that needs to ask on it."""
    if not re.search(r"systemctl enable .*tsunagu@", text):
        return
    for profile in (profile for block in blocks for profile in written_profiles(block)):
        for level, said in check_profile(program, profile)[0]:
            if "asked on the terminal" in said:
                yield f"the service can't start, {said}"


def commands(text):
    """(verb, options) of each command line of the program's."""
    for words in re.findall(r"(?:^|`|sudo |# |\.B )tsunagu ([a-z][^\n`|;&]*)", text, re.M):
        verb, *rest = words.split()
        yield verb.strip(".,"), [re.split(r"[=.,\]]", word)[0] for word in rest if word.startswith("--")]


def faults_of_commands(program, text):
    for verb, options in commands(text):
        run = subprocess.run([program, verb, "--help"], capture_output=True, text=True)
        if run.returncode != 0:
            yield f"tsunagu {verb}: {run.stderr.strip()}"
        for option in options:
            if f" {option} " not in run.stdout:
                yield f"tsunagu {verb} has no {option}"


def faults_of_scripts(source, text):
    for name in re.findall(r"(?:^|`|\./)(scripts/[\w.-]+)", text, re.M):
        if not (source / name).is_file():
            yield f"there is no {name}"


def faults_of_paths(source, text):
    """What design.md says of a file is of no use where there is no such file."""
    for name in sorted(set(re.findall(r"`((?:client|ike|l2tp|lib|man|po|ppp|scripts|systemd|tests)/[\w@./-]+)`", text))):
        if not (source / name).exists() and "NAME" not in name:
            yield f"there is no {name}"


def main():
    program, source = sys.argv[1], pathlib.Path(sys.argv[2])
    shown = {"profiles": 0, "commands": 0}
    faults = []
    for path, blocks, text in documents(source):
        found = list(faults_of_commands(program, text)) + list(faults_of_scripts(source, text))
        found += faults_of_services(program, blocks, text)
        found += faults_of_paths(source, text) if path.name == "design.md" else []
        shown["commands"] += len(list(commands(text)))
        for profile in (profile for block in blocks for profile in profiles(block)):
            shown["profiles"] += 1
            found += faults_of_profile(program, profile)
        faults += [f"{path.relative_to(source)}: {fault}" for fault in found]
    print(f"{shown['profiles']} profiles and {shown['commands']} commands in the documents")
    print("\n".join(faults))
    # Fewer than these, and the documents are read wrongly.
    return bool(faults) or shown["profiles"] < 8 or shown["commands"] < 20


if __name__ == "__main__":
    sys.exit(main())
