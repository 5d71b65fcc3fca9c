"""Whether a yardstick's JSON is whole, and what became worse since an older one.

Seconds of two days, or of two machines, say little: neighbours, clocks and hardware differ. So each time is multiplied
by what the same run measured the machine to be able to do: a picture that takes 27 ms where the processor makes 200 GMAC/s
costs 5.4 GMAC of machine time, on a day when it makes 150 it takes 36 ms and costs the same. Peers' ratios are
such quotients already, and memory needs none. Noise is met three ways: every figure is the best of several rounds, the peak
as well (a neighbour only makes things slower); a figure counts as worse only beyond the tolerance; and the
tolerance is twice as wide for the small programs, whose microseconds depend on caches more than on the peak, and twice as
wide again when either side was made with --quick, which has one round. Figures in % and counts, which lie near nothing, are
held to their stated bound alone.
"""

import numbers

FORMAT = 1
TOLERANCE = 0.3  # the speed of a shared machine varies by a half from minute to minute; the best of rounds by a quarter
PROGRAMS = ("graph", "bridge", "pictures", "editor", "plugin", "trainer")
SCALING = ("batch", "resolution", "threads", "generators")
SECTIONS = ("bound", "networks", "scaling", *PROGRAMS, "peers")
MACHINE = ("processor", "cores", "features", "memory_gigabytes", "kernel", "nvidia", "graphics", "load_before")
VERSIONS = ("ganymede", "compiler", "build_type", "mesa", "python", "openvino", "libtorch")
CELL = (
    *("median_ms", "min_ms", "runs", "pictures_per_second", "gmac", "gmac_per_second", "peak_gmac_per_second"),
    *("peak_share", "weight_megabytes", "bandwidth_gigabytes_per_second", "bandwidth_share", "roofline_share"),
    *("load_seconds", "peak_megabytes", "threads"),
)
POINT = ("median_ms", "pictures_per_second")
MORE_IS_BETTER = ("GMAC/s", "GB/s", "pictures/s", "ratio")
UNITS = (*MORE_IS_BETTER, "ms", "us", "s", "%", "MB", "count")


def is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and abs(value) < float("inf")


def is_missing(value):
    return isinstance(value, dict) and "missing" in value


# ---- Whether every field is there ----


class Checker:
    def __init__(self):
        self.problems = []

    def wrong(self, where, what):
        self.problems.append(f"{where} {what}")

    def reason(self, value, where):
        """True where the value is {"missing": "a sentence"} and needs no further look."""
        if not is_missing(value):
            return False
        why = value["missing"]
        if not isinstance(why, str) or len(why.split()) < 2:
            self.wrong(where, "is missing without a sentence why")
        return True

    def number(self, holder, key, where):
        if key not in holder:
            self.wrong(f"{where}.{key}", "is not there")
        elif not self.reason(holder[key], f"{where}.{key}") and not is_number(holder[key]):
            self.wrong(f"{where}.{key}", "is no number")

    def fields(self, holder, keys, where):
        if not isinstance(holder, dict):
            self.wrong(where, "is no object")
            return
        for key in keys:
            if key not in holder or holder[key] in (None, ""):
                self.wrong(f"{where}.{key}", "is not there")
            else:
                self.reason(holder[key], f"{where}.{key}")

    def figures(self, section, where):
        if self.reason(section, where):
            return
        figures = section.get("figures") if isinstance(section, dict) else None
        if not isinstance(figures, list) or not figures:
            self.wrong(where, "has no figures and does not say why")
            return
        for figure in figures:
            name = figure.get("name") if isinstance(figure, dict) else None
            if not name:
                self.wrong(where, "has a figure without a name")
                continue
            self.number(figure, "value", f"{where}: {name}")
            if figure.get("unit") not in UNITS:
                self.wrong(f"{where}: {name}", "has no unit that is known")

    def cell(self, cell, keys, where):
        if not isinstance(cell, dict):
            self.wrong(where, "is no object")
        elif not self.reason(cell, where):
            for key in keys:
                self.number(cell, key, where)

    def networks(self, section):
        if self.reason(section, "networks"):
            return
        found = {}
        for cell in section.get("results", []):
            found[tuple(cell.get(key) for key in ("network", "engine", "precision", "batch"))] = cell
        plan = section.get("plan", [])
        if not plan:
            self.wrong("networks", "has no plan of what was to be measured")
        for entry in plan:
            for engine in entry["engines"]:
                for precision in entry["precisions"]:
                    for batch in entry["batches"]:
                        where = f"networks: {entry['network']} {engine} {precision} batch {batch}"
                        cell = found.get((entry["network"], engine, precision, batch))
                        if cell is None:
                            self.wrong(where, "is not there")
                        else:
                            self.cell(cell, CELL, where)

    def scaling(self, section):
        if self.reason(section, "scaling"):
            return
        for axis in SCALING:
            where = f"scaling.{axis}"
            line = section.get(axis)
            if not isinstance(line, dict):
                self.wrong(where, "is not there")
            elif not self.reason(line, where):
                if not line.get("points"):
                    self.wrong(where, "has no points")
                for point in line.get("points", []):
                    self.number(point, axis, where)
                    keys = POINT if axis == "generators" else CELL
                    self.cell(point, keys, f"{where} at {point.get(axis)}")

    def peers(self, section):
        if self.reason(section, "peers"):
            return
        for part in ("networks", "training"):
            if part not in section:
                self.wrong(f"peers.{part}", "is not there")
            elif not section[part]:
                self.wrong(f"peers.{part}", "is empty and does not say why")
            else:
                self.reason(section[part], f"peers.{part}")


def problems(document):
    """What is wrong with a document, a sentence each; empty when every field is there."""
    check = Checker()
    if not isinstance(document, dict) or document.get("yardstick") != FORMAT:
        return [f"this is no yardstick of format {FORMAT}"]
    check.fields(document, ("command", "date", "commit", "machine", "versions"), "the document")
    if not isinstance(document.get("quick"), bool):
        check.wrong("quick", "is not there")
    check.fields(document.get("machine"), MACHINE, "machine")
    check.fields(document.get("versions"), VERSIONS, "versions")
    for name in SECTIONS:
        if not isinstance(document.get(name), dict):
            check.wrong(name, "is not there")
        elif name in ("bound", *PROGRAMS):
            check.figures(document[name], name)
        else:
            getattr(check, name)(document[name])
    return check.problems


def unmeasured(document):
    """(what, why) of everything that could not be measured; networks with the same reason as one."""
    found = {}

    def look(value, where):
        if is_missing(value):
            found.setdefault((where, value["missing"]))
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key not in ("plan", "results", "points"):
                    look(inner, f"{where}, {key}" if where else key)

    look({name: document[name] for name in ("machine", "versions", *SECTIONS)}, "")
    engines = {}
    for cell in document["networks"].get("results", []):
        if is_missing(cell):
            names = engines.setdefault((cell["engine"], cell["missing"]), ({}, {}))
            names[0][cell["precision"]] = names[1][cell["network"]] = True
    for (engine, why), (precisions, networks) in engines.items():
        found.setdefault((f"networks, {engine} {', '.join(precisions)} ({', '.join(networks)})", why))
    if not is_missing(document["scaling"]):
        for axis, line in document["scaling"].items():
            for point in line.get("points", []):
                if is_missing(point):
                    found.setdefault((f"scaling, {axis} {point[axis]}", point["missing"]))
    return list(found)


# ---- What became worse ----


def section_value(section, name):
    return next((f["value"] for f in section.get("figures", []) if f["name"] == name), None)


def cell_ratios(prefix, cell, factor):
    """Ratios of one run of a network: {name: (value, more is better, times the tolerance)}."""
    peak = cell.get("peak_gmac_per_second")
    if is_missing(cell) or not is_number(peak):
        return {}
    pictures = cell["batch"]
    return {
        f"{prefix}: GMAC of machine time a picture": (cell["min_ms"] / 1e3 / pictures * peak, False, factor),
        f"{prefix}: GMAC of machine time to load": (cell["load_seconds"] * peak, False, 2 * factor),
        f"{prefix}: MB of memory": (cell["peak_megabytes"], False, factor),
    }


def ratios(document):
    """Every figure that can be compared: {name: (value, more is better, times the tolerance)}."""
    found = {}
    for cell in document["networks"].get("results", []):
        name = f"{cell['network']} {cell['engine']} {cell['precision']} batch {cell['batch']}"
        found |= cell_ratios(name, cell, 1)
    peak = section_value(document["bound"], "f32 multiply-adds")
    bandwidth = section_value(document["bound"], "reading memory")
    scaling = {} if is_missing(document["scaling"]) else document["scaling"]
    for axis, line in scaling.items():
        for point in line.get("points", []):
            name = f"scaling, {line['network']}, {axis} {point[axis]}"
            if axis != "generators":
                found |= cell_ratios(name, point, 1)
            elif peak:
                found[f"{name}: GMAC of machine time a tick"] = (point["median_ms"] / 1e3 * peak, False, 1)
    seconds = {"s": 1, "ms": 1e-3, "us": 1e-6}
    for section in PROGRAMS:
        rate, of = (bandwidth, "GB") if section == "bridge" else (peak, "GMAC")
        for figure in document[section].get("figures", []):
            name, value, unit = f"{section}: {figure['name']}", figure["value"], figure["unit"]
            if unit in ("ratio", "MB"):
                found[f"{name}, {unit}"] = (value, unit == "ratio", 2)
            elif unit in seconds and rate:
                found[f"{name}, {of} of machine time"] = (value * seconds[unit] * rate, False, 2)
            elif unit == "pictures/s" and rate:
                found[f"{name}, pictures a {of} of machine time"] = (value / rate, True, 2)
    for name, entry in peer_entries(document).items():
        found[name] = (entry, True, 1)
    return found


def peer_entries(document):
    """Peers' times over ours: {"biggan-128, PyTorch eager f32, batch 1": ratio}."""
    peers, found = document["peers"], {}
    if is_missing(peers):
        return found
    for network, result in sorted({} if is_missing(peers["networks"]) else peers["networks"].items()):
        for row in result["contenders"]:
            if row["contender"] == "Ganymede":
                continue
            for batch, entry in row["batches"].items():
                if is_number(entry.get("ratio")):
                    found[f"{network}, {row['contender']} {row['precision']}, batch {batch}"] = entry["ratio"]
    for row in [] if is_missing(peers["training"]) else peers["training"]:
        if row["contender"] != "PyTorch eager":
            found[f"training, {row['network']}, PyTorch eager over {row['contender']}"] = row["ratio"]
    return found


def beyond_bound(document):
    """{name: (value, bound)} of figures in % and counts that are past their bound, and the names of all that have one."""
    past, bounded = {}, set()
    for section in PROGRAMS:
        for figure in document[section].get("figures", []):
            if figure["unit"] in ("%", "count") and is_number(figure.get("bound")):
                name = f"{section}: {figure['name']}"
                bounded.add(name)
                if figure["value"] > figure["bound"]:
                    past[name] = (figure["value"], figure["bound"])
    return past, bounded


def compare(old, new, tolerance=TOLERANCE):
    """Sentences of what became worse, and how many figures were compared."""
    before, after = ratios(old), ratios(new)
    common = [name for name in after if name in before]
    widened = tolerance * (2 if old["quick"] or new["quick"] else 1)
    worse = []
    for name in common:
        (was, more, factor), (now, _, _) = before[name], after[name]
        if was <= 0 or now <= 0:
            continue
        change = was / now if more else now / was
        if change > 1 + widened * factor:
            worse.append(
                f"{name}: {was:.4g} before, {now:.4g} now, {change:.2f} times as bad"
                f" (up to {1 + widened * factor:.2f} is let pass)"
            )
    past_before, bounded_before = beyond_bound(old)
    past, bounded = beyond_bound(new)
    for name, (value, bound) in past.items():
        if name in bounded_before and name not in past_before:
            worse.append(f"{name}: {value:.4g}, past its bound of {bound:g}, and was not before")
    return worse, len(common) + len(bounded & bounded_before)
