# SPDX-License-Identifier: GPL-2.0-or-later
"""bench.py PART DIR: a benchmark's table from its raw samples in DIR, with its targets as lines "holds: " or "missed: "."""

import json
import re
import statistics
import struct
import sys

# Round trips that a connect can't do without: four of IKE, two of L2TP, five of PPP (docs/design.md, "Fast by construction").
FLOOR = 11
# What the time is held against is less: half a round trip of it used to be thought avoidable.
FLOOR_OF_TIME = 10.5


def samples(folder):
    with open(f"{folder}/samples.tsv") as file:
        return [line.rstrip("\n").split("\t") for line in file]


def at(values, part):
    """A percentile, interpolated between the two samples around it."""
    values = sorted(values)
    place = part * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def target(good, text):
    print(f"{'holds' if good else 'missed'}: {text}")


# connect

CLIENTS = {"tsunagu": "Tsunagu", "warm": "strongSwan + xl2tpd, running", "cold": "the same, to be started"}


def packets(path):
    """Time in milliseconds, whether it goes out, for each packet of IKE or ESP in a capture of PC 1 or 2."""
    data = open(path, "rb").read()
    place = 24
    while place + 16 <= len(data):
        sec, usec, length, _ = struct.unpack_from("<IIII", data, place)
        frame = data[place + 16 : place + 16 + length]
        place += 16 + length
        ip = frame[14:]
        payload = ip[(ip[0] & 15) * 4 + 8 :]
        if len(payload) > 4:  # else a keepalive
            yield sec * 1000 + usec / 1000, ip[12:16].startswith(bytes([192, 168, 10]))


def round_trips(path, begin, end, rtt):
    """How long the longest chain is in which each packet can have been caused by the one before it.

    What comes in was caused by something that went out a round trip before or earlier; what goes out, by what came in
    last. So only waiting for the other side counts, and neither side's own pauses.
    """
    sent, heard, count = [], 0, 0
    for time, out in packets(path):
        if not begin <= time <= end:
            continue
        count += 1
        if out:
            sent.append((time, heard))
        else:
            causes = [chain for when, chain in sent if when <= time - 0.97 * rtt]
            heard = max([heard] + [chain + 1 for chain in causes])
    return heard, count


def stages(runs):
    result = {}
    for run in runs:
        if run[6]:
            for name, seconds in json.loads(run[6])["stages"].items():
                result.setdefault(name, []).append(seconds * 1000)
    return ", ".join(f"{name} {statistics.median(ms):.0f}" for name, ms in result.items())


def connect(folder):
    rows = samples(folder)
    path = {int(row[1]): float(row[2]) for row in rows if row[0] == "path"}
    cells = {}
    for row in rows:
        if row[0] == "run":
            cells.setdefault((int(row[3]), int(row[2])), {}).setdefault(row[1], []).append(row)
    address = {}
    print(f"{'command to ..., ms':30}{'RTT':>5}{'loss':>5}{'runs':>5}{'failed':>7}  {'address':>7}{'p95':>7}{'max':>7}"
          f"  {'1st ping':>8}{'p95':>7}{'max':>7}")
    for (loss, rtt), clients in sorted(cells.items()):
        for name, title in CLIENTS.items():
            runs = clients.get(name, [])
            good = [int(run[4]) for run in runs if int(run[4]) >= 0]
            pings = [int(run[5]) for run in runs if int(run[5]) >= 0]
            if not good:
                continue
            address[name, rtt, loss] = good
            line = f"{title:30}{rtt:5}{loss:4}%{len(runs):5}{len(runs) - len(good):7}"
            for values in (good, pings):
                values = values or [-1]
                line += f"  {statistics.median(values):{8 if values is pings else 7}.0f}"
                line += f"{at(values, 0.95):7.0f}{max(values):7}"
            print(line)
    for (loss, rtt), clients in sorted(cells.items()):
        print(f"Tsunagu by stage at {rtt} ms, {loss} % loss, median ms: {stages(clients['tsunagu'])}")
    print("round trips really, ms: " + ", ".join(f"{rtt}: {ms:.1f}" for rtt, ms in path.items()))
    trips = {}
    for _, name, rtt, begin, end, *_ in (row for row in rows if row[0] == "wire" and row[2] != "0"):
        trip, count = round_trips(f"{folder}/wire-{name}-{rtt}.pcap", int(begin), int(end), path[int(rtt)])
        trips[name, int(rtt)] = trip
        print(f"{name} at {rtt} ms: {trip} round trips waited for on the wire, {count} packets")
    connect_targets(address, path, trips)


def connect_targets(address, path, trips):
    median = {key: statistics.median(values) for key, values in address.items()}
    for name, limit in (("cold", 0.20), ("warm", 0.27)):
        if (name, 0, 0) not in median:
            continue
        ratio = median["tsunagu", 0, 0] / median[name, 0, 0]
        target(ratio <= limit, f"ratio to {CLIENTS[name]}: {ratio:.3f}, at most {limit}")
    for (name, rtt), trip in trips.items():
        if name == "tsunagu":
            limit = FLOOR_OF_TIME * path[rtt] + 250
            target(median["tsunagu", rtt, 0] <= limit, f"at {rtt} ms: {median['tsunagu', rtt, 0]:.0f} ms, at most "
                   f"{FLOOR_OF_TIME} round trips and 250 ms, {limit:.0f}")
            target(trip <= FLOOR, f"at {rtt} ms: {trip} round trips on the wire, at most {FLOOR}")
    for (name, rtt, loss), values in address.items():
        if name == "tsunagu" and loss == 0:
            spread = at(values, 0.95) / statistics.median(values)
            target(spread <= 1.3, f"at {rtt} ms without loss: p95 is {spread:.2f} of the median, at most 1.3")


# resources


def usage(rows):
    """The processes of usage.pl, a dictionary each."""
    keys = ("name", "pid", "threads", "ms", "sleeps", "rss", "pss")
    return [dict(zip(keys, [row[0]] + [int(value) for value in row[1:]])) for row in rows]


def resources(folder):
    rows = samples(folder)
    seconds = next(int(row[1]) for row in rows if row[0] == "seconds")
    print(f"{'CPU per connect, ms, mean':34}{'runs':>5}{'client':>8}{'everything here':>17}")
    for name, title in CLIENTS.items():
        runs = [row for row in rows if row[:2] == ["cost", name]]
        own, all_of = (statistics.mean(int(row[i]) for row in runs) for i in (2, 3))
        print(f"{title:34}{len(runs):5}{own:8.0f}{all_of:17.0f}")
    memory(rows)
    wakes = {}
    for state, title, length in (("used", "in use a moment ago", 60), ("idle", "idle", seconds)):
        print(f"{title:34}{'wake-ups/min':>14}{'CPU ms/min':>12}")
        for client in ("tsunagu", "classic"):
            before = {p["pid"]: p for p in processes(rows, f"{state}-before", client)}
            for process in processes(rows, f"{state}-after", client):
                woke = (process["sleeps"] - before[process["pid"]]["sleeps"]) * 60 / length
                ms = (process["ms"] - before[process["pid"]]["ms"]) * 60 / length
                wakes[state, client, process["name"]] = woke
                print(f"{client + ': ' + process['name']:34}{woke:14.1f}{ms:12.1f}")
    woke = wakes["idle", "tsunagu", "tsunagu"]
    target(woke <= 12, f"idle, tsunagu wakes {woke:.1f} times a minute, at most 12: every 20 s a keepalive, a look for signs "
           "of life, and two answers to its questions")


def processes(rows, moment, client):
    return [p for p in usage(row[3:] for row in rows if row[:3] == ["usage", moment, client]) if p["name"] != "together"]


def memory(rows):
    print(f"{'connected, kB':34}{'threads':>8}{'RSS':>8}{'PSS here':>10}{'PSS alone':>11}")
    alone = {}
    for client in ("tsunagu", "classic"):
        rss = pss = 0
        for process in processes(rows, "idle-after", client):
            print(f"{client + ': ' + process['name']:34}{process['threads']:8}{process['rss']:8}{process['pss']:10}")
            rss += process["rss"]
            pss += process["pss"]
        alone[client] = next(p["pss"] for p in usage(row[3:] for row in rows if row[:3] == ["usage", "idle-after", client])
                             if p["name"] == "together")
        count = len(processes(rows, "idle-after", client))
        print(f"{client + f', {count} processes':34}{'':8}{rss:8}{pss:10}{alone[client]:11}")
    print("PSS here: the gateway runs the same programs as today's client in this kernel, which halves that one's share")
    ratio = alone["tsunagu"] / alone["classic"]
    target(ratio <= 0.35, f"PSS {ratio:.2f} of theirs, at most 0.35")


# throughput

PATHS = {"tsunagu": "Tsunagu", "hand": "made by hand", "none": "no tunnel"}


def transfers(folder, rows):
    """Per path and direction: megabits a second, and seconds of the processor per gigabyte."""
    result = {}
    for kind, path, way, run, busy in (row for row in rows if row[0] == "transfer"):
        with open(f"{folder}/iperf-{path}-{way}-{run}.json") as file:
            received = json.load(file)["end"]["sum_received"]
        rate, cost = result.setdefault((path, way), ([], []))
        rate.append(received["bits_per_second"] / 1e6)
        cost.append(int(busy) / 100 / (received["bytes"] / 1e9))
    return result


def throughput(folder):
    rows = samples(folder)
    all_of = transfers(folder, rows)
    median = {key: [statistics.median(values) for values in pair] for key, pair in all_of.items()}
    print(f"{'median':24}{'runs':>5}{'up Mbit/s':>11}{'best':>7}{'down Mbit/s':>13}{'best':>7}{'CPU s/GB up':>13}{'down':>7}")
    for path in (path for path in dict.fromkeys(path for path, _ in median) if path != "warm-up"):
        print(f"{PATHS.get(path, 'Tsunagu, ' + path):24}{len(all_of[path, 'up'][0]):5}"
              f"{median[path, 'up'][0]:11.1f}{max(all_of[path, 'up'][0]):7.1f}"
              f"{median[path, 'down'][0]:13.1f}{max(all_of[path, 'down'][0]):7.1f}"
              f"{median[path, 'up'][1]:13.1f}{median[path, 'down'][1]:7.1f}")
    print("MTU {} in both tunnels; CPU of the client's processes in all transfers together: {} ms".format(
        *[next(row[1] for row in rows if row[0] == kind) for kind in ("mtu", "own")]))
    for way in ("up", "down"):
        ratios = [ours / hand for ours, hand in zip(all_of["tsunagu", way][0], all_of["hand", way][0])]
        ratio = statistics.median(ratios)
        target(ratio >= 0.98, f"{way}: {ratio:.3f} of the path made by hand (median of {len(ratios)} pairs, "
               f"{at(ratios, 0.25):.2f} to {at(ratios, 0.75):.2f} is the middle half), at least 0.98")


# rekey


def answers(path):
    """Time in milliseconds and number of each answered ping."""
    with open(path, errors="replace") as file:
        for line in file:
            found = re.match(r"\[([0-9.]+)\] [0-9]+ bytes from .* icmp_seq=([0-9]+)", line)
            if found:
                yield float(found[1]) * 1000, int(found[2])


def gaps(got):
    """Between each answer and the next: when that came, how long it took, how many are missing."""
    return [(b[0], b[0] - a[0], b[1] - a[1] - 1) for a, b in zip(got, got[1:])]


def rekey(folder):
    rows = samples(folder)
    titles = {"tsunagu": "Tsunagu", "classic": "strongSwan + xl2tpd", "none": "without renewals"}
    print(f"{'renewals':24}{'phase 2':>8}{'phase 1':>8}{'pings':>7}{'lost':>6}{'longest silence ms':>20}")
    lost_by_us = None
    for _, name, pairs, phases in (row for row in rows if row[0] == "renewals"):
        got = list(answers(f"{folder}/rekey-{name}.log"))
        between = gaps(got)
        lost = sum(gap[2] for gap in between)
        if name == "tsunagu":
            lost_by_us = lost
        print(f"{titles[name]:24}{pairs:>8}{phases:>8}{len(got):7}{lost:6}{max(gap[1] for gap in between):20.0f}")
    print(f"{'reconnect':24}{'runs':>8}{'pings lost, median':>20}{'silence ms, median':>20}{'max':>7}")
    names = {"rebind": "NAT port changes", "uplink": "new uplink address", "pppd": "pppd killed",
             "reboot": "gateway restarts"}
    for name, title in names.items():
        lost, silence = [], []
        for run in (row for row in rows if row[:2] == ["reconnect", name]):
            between = [gap for gap in gaps(list(answers(f"{folder}/again-{name}-{run[2]}.log"))) if gap[0] > int(run[3])]
            worst = max(between, key=lambda gap: gap[1])
            lost.append(worst[2])
            silence.append(worst[1])
        print(f"{title:24}{len(lost):8}{statistics.median(lost):20.0f}{statistics.median(silence):20.0f}"
              f"{max(silence):7.0f}")
    target(lost_by_us == 0, f"renewals cost {lost_by_us} pings, none allowed")


# growth


def growth(folder):
    rows = samples(folder)
    print(f"{'PCs':>4}{'failed':>7}{'ms until all are up':>21}{'per PC':>8}{'CPU ms per PC, all':>20}{'own':>6}"
          f"{'RSS kB per PC':>15}{'PSS':>7}")
    each, of_each = {}, {}
    for number in dict.fromkeys(int(row[1]) for row in rows if row[0] == "all"):
        runs = [row for row in rows if row[:2] == ["all", str(number)]]
        good = [row for row in runs if int(row[2]) >= 0]
        of_all = [p for p in usage(row[3:] for row in rows if row[:2] == ["usage", str(number)]) if p["name"] != "together"]
        if not good:
            print(f"{number:4}{len(runs):7}")
            target(False, f"{number} PCs all come up")
            continue
        ms = statistics.median(int(row[2]) for row in good)
        busy = statistics.median(int(row[3]) for row in good) * 10
        rss, pss, own = (sum(p[key] for p in of_all) / (number * len(good)) for key in ("rss", "pss", "ms"))
        each[number], of_each[number] = ms / number, rss
        print(f"{number:4}{len(runs) - len(good):7}{ms:21.0f}{ms / number:8.0f}{busy / number:20.0f}{own:6.0f}"
              f"{rss:15.0f}{pss:7.0f}")
    numbers = sorted(each)
    for less, more in zip(numbers, numbers[1:]):
        target(each[more] <= 1.1 * each[less], f"{more} PCs take {each[more]:.0f} ms each, {less} took {each[less]:.0f}: "
               "no more than linear (and a tenth)")
    first, last = of_each[numbers[0]], of_each[numbers[-1]]
    target(last <= 1.05 * first, f"memory per connection: {last:.0f} kB with {numbers[-1]} PCs, {first:.0f} with one")


PARTS = {"connect": connect, "resources": resources, "throughput": throughput, "rekey": rekey, "growth": growth}

if __name__ == "__main__":
    PARTS[sys.argv[1]](sys.argv[2])
