"""What yardstick.py measures: runs the built programs and gathers what they say of themselves.

Each part is a dict of figures, or {"missing": "one sentence why"}. Rounds are interleaved, and of each figure the best
round is kept: a neighbour on the machine only ever makes a time longer.
"""

import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys

import random_networks

ROOT = pathlib.Path(__file__).resolve().parents[2]
MORE_IS_BETTER = ("GMAC/s", "GB/s", "pictures/s", "ratio")  # units; see figures.h


class Failed(Exception):
    """Why something could not be measured, in one sentence."""


def missing(why):
    return {"missing": str(why)}


def say(text):
    print(f"ganymede: bench: {text}", file=sys.stderr, flush=True)


class Programs:
    """The programs of a build folder."""

    def __init__(self, build, work, patience):
        self.build = pathlib.Path(build)
        self.work = pathlib.Path(work)  # for files that are made on the way
        self.patience = patience  # seconds before a program that is not done has failed
        self.work.mkdir(parents=True, exist_ok=True)

    def call(self, program, *arguments):
        """What it prints. Throws Failed with the last sentence that it says."""
        path = self.build / program
        if not path.exists():
            raise Failed(f"the program {program} is not built")
        command = [str(path), *map(str, arguments)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=self.patience, check=False
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"{path.name} was not done in {self.patience:g} s") from None
        except OSError as error:
            raise Failed(f"{path.name} cannot be run: {error.strerror}") from None
        if done.returncode:
            last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            raise Failed(without_paths(last.removeprefix("ganymede: ")))
        return done.stdout

    def json(self, program, *arguments):
        text = self.call(program, *arguments)
        try:
            return json.loads(text)
        except ValueError:
            raise Failed(f"{program} printed no JSON") from None


def without_paths(text):
    """Stored results name no folder of the machine that they were measured on."""
    return re.sub(r"(?<![\w.])/(?:[^\s/:]+/)+", "", text)


# ---- The machine and what was built ----


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else None


def machine(programs):
    cpu = {}
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            cpu.setdefault(key.strip(), value.strip())
    except OSError:
        pass
    interesting = ("avx2", "fma", "avx512f", "avx512_bf16", "avx512_vnni", "avx512_fp16", "amx_tile", "amx_bf16", "asimd")
    flags = (cpu.get("flags") or cpu.get("Features") or "").split()
    nvidia = first_line(["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"])
    try:
        graphics = without_paths(programs.call("ganymede", "gpus"))
    except Failed as failure:
        graphics = missing(failure)
    return {
        "processor": cpu.get("model name", platform.machine()),
        "cores": len(os.sched_getaffinity(0)),
        "features": [flag for flag in interesting if flag in flags],
        "memory_gigabytes": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "nvidia": nvidia or missing("there is no NVIDIA driver"),
        "graphics": graphics,
        "load_before": round(os.getloadavg()[0], 2),
    }


def versions(programs):
    def found(pattern, text, what):
        match = re.search(pattern, text if isinstance(text, str) else "")
        return match[1].strip() if match else missing(f"{what} is not named")

    try:
        cache = (programs.build / "CMakeCache.txt").read_text()
    except OSError:
        cache = ""
    compiler = found(r"(?m)^CMAKE_CXX_COMPILER:\w+=(.+)$", cache, "the compiler")
    if isinstance(compiler, str):
        compiler = first_line([compiler, "--version"]) or missing("the compiler is not there any more")
    try:
        graphics = programs.call("ganymede", "gpus")
    except Failed:
        graphics = ""
    answer = {
        "ganymede": found(r"(?m)^CMAKE_PROJECT_VERSION:\w+=(.+)$", cache, "the version"),
        "compiler": compiler,
        "build_type": found(r"(?m)^CMAKE_BUILD_TYPE:\w+=(.+)$", cache, "the build type"),
        "mesa": found(r"Mesa (\S+)", graphics, "a Mesa driver"),
        "python": platform.python_version(),
    }
    for name, engine in (("openvino", "openvino"), ("libtorch", "torch")):
        try:
            report = bench(programs, SHIPPED["random-64"], engine, "f32", 1, 0)
            answer[name] = report["engine"].partition(" on ")[0]
        except Failed as failure:
            answer[name] = missing(failure)
    return answer


# ---- Figures of the programs in tests/bench ----


def better(one, other, unit):
    return max(one, other) if unit in MORE_IS_BETTER else min(one, other)


def merge_figures(rounds):
    """Figures of several rounds as one list: the best value of each, and all of them."""
    merged = {}
    for figures in rounds:
        for figure in figures:
            known = merged.setdefault(figure["name"], {**figure, "rounds": []})
            known["rounds"].append(figure["value"])
            known["value"] = better(known["value"], figure["value"], figure["unit"])
    return list(merged.values())


def figures(programs, program, arguments, quick, rounds):
    """{"about": ..., "figures": [...]} of a program in tests/bench."""
    path = programs.work / f"{program}.json"
    lists, about = [], {}
    try:
        for _ in range(rounds):
            path.unlink(missing_ok=True)
            programs.call(f"tests/bench/{program}", *arguments, *(["--quick"] if quick else []), "--json", path)
            report = json.loads(path.read_text())
            about = report["about"]
            lists.append(report["figures"])
    except Failed as failure:
        return missing(failure)
    except (OSError, ValueError, KeyError):
        return missing(f"{program} wrote no figures")
    return {"about": about, "figures": merge_figures(lists)}


def split(section, belongs):
    """A section without the figures whose names `belongs` picks, and one with them."""
    if "missing" in section:
        return section, section
    inside = [figure for figure in section["figures"] if belongs(figure["name"])]
    outside = [figure for figure in section["figures"] if not belongs(figure["name"])]
    return {**section, "figures": outside}, {**section, "figures": inside}


def joined(*sections):
    for section in sections:
        if "missing" in section:
            return section
    about = {key: value for section in sections for key, value in section["about"].items()}
    return {"about": about, "figures": [figure for section in sections for figure in section["figures"]]}


def value(section, name):
    """A figure's value, or None."""
    return next((f["value"] for f in section.get("figures", []) if f["name"] == name), None)


# ---- Networks ----

SHIPPED = {name: ROOT / f"assets/models/{name}.safetensors" for name in ("random-64", "textures-64")}
LIBRARIES = ("openvino", "torch", "cuda")
BYTES = {"f32": 4, "bf16": 2, "f16": 2}  # of a weight


def model(programs, network):
    """The file of a shipped network, or of one with random weights, which is written the first time."""
    if network in SHIPPED:
        return SHIPPED[network]
    shape = random_networks.NETWORKS.get(network)
    if not shape:
        resolution, channels = re.fullmatch(r"biggan-(\d+)-ch(\d+)", network).groups()
        shape = random_networks.of_resolution(int(resolution), int(channels))
    return random_networks.write(shape, programs.work / network)


def bench(programs, path, engine, precision, batch, seconds, threads=0):
    """What `ganymede bench` says of one batch. Fails where another engine took the place of the one asked for."""
    options = ["--engine", engine, "--precision", precision, "--batch", batch, "--seconds", f"{seconds:g}", "--json"]
    if threads:
        options += ["--threads", threads]
    report = programs.json("ganymede", "bench", path, *options)
    if report.get("note"):
        raise Failed(report["note"])
    return report


def cell(report, precision, bandwidth):
    """The figures of one run of `ganymede bench`. `bandwidth`: GB/s, or None."""
    (result,) = report["results"]
    peak = result.get("peak_gmac_per_second")
    on_gpu = peak is None
    weights = report["lowered_megabytes"] * BYTES[precision] / 4
    fields = {
        "batch": result["batch"],
        "median_ms": result["median_ms"],
        "min_ms": result["min_ms"],
        "runs": result["runs"],
        "gmac": result["gmac"],
        "peak_gmac_per_second": missing("the peak of a GPU is not measured") if on_gpu else peak,
        "weight_megabytes": weights,
        "bandwidth_gigabytes_per_second": bandwidth if bandwidth and not on_gpu else missing(
            "the bandwidth of a GPU is not measured" if on_gpu else "the program bound gave no bandwidth"
        ),
        "load_seconds": report["lower_seconds"] + result["open_seconds"],
        "peak_megabytes": report["peak_megabytes"],
        "threads": report["threads"],
        "engine_description": report["engine"],
    }
    return fields


def best_cell(rounds):
    """One cell of several rounds: shortest times, highest peak; what follows from them is worked out here."""
    first = rounds[0]
    merged = dict(first)
    merged["median_ms"] = statistics.median(fields["median_ms"] for fields in rounds)
    for key in ("min_ms", "load_seconds", "peak_megabytes"):
        merged[key] = min(fields[key] for fields in rounds)
    merged["runs"] = sum(fields["runs"] for fields in rounds)
    merged["rounds_ms"] = [fields["min_ms"] for fields in rounds]
    seconds = merged["min_ms"] / 1e3
    merged["pictures_per_second"] = merged["batch"] / (merged["median_ms"] / 1e3)
    merged["gmac_per_second"] = merged["gmac"] * merged["batch"] / seconds
    peak, bandwidth = first["peak_gmac_per_second"], first["bandwidth_gigabytes_per_second"]
    bound = []
    if isinstance(peak, dict):
        merged["peak_share"] = peak
    else:
        merged["peak_gmac_per_second"] = max(fields["peak_gmac_per_second"] for fields in rounds)
        merged["peak_share"] = merged["gmac_per_second"] / merged["peak_gmac_per_second"]
        bound.append(merged["gmac"] * merged["batch"] / merged["peak_gmac_per_second"])
    if isinstance(bandwidth, dict):
        merged["bandwidth_share"] = bandwidth
    else:
        reading = merged["weight_megabytes"] / 1e3 / bandwidth
        merged["bandwidth_share"] = reading / seconds
        bound.append(reading)
    # The roofline: the products at the peak, or the weights read once, whichever takes longer.
    merged["roofline_share"] = max(bound) / seconds if len(bound) == 2 else missing("peak or bandwidth is missing")
    return merged


def cells(programs, jobs, rounds, seconds, bandwidth):
    """Measures jobs {key: (network, engine, precision, batch, threads)} in turn; {key: cell, or missing}."""
    found, failed = {key: [] for key in jobs}, {}
    for number in range(rounds):
        for key, (network, engine, precision, batch, threads) in jobs.items():
            if key in failed:
                continue
            try:
                report = bench(programs, model(programs, network), engine, precision, batch, seconds, threads)
                found[key].append(cell(report, precision, bandwidth))
            except Failed as failure:
                failed[key] = missing(failure)
            except (KeyError, ValueError, TypeError, OSError) as error:
                failed[key] = missing(f"ganymede bench gave something else than expected ({type(error).__name__})")
        say(f"{len(jobs)} measurements, round {number + 1} of {rounds}")
    return {key: failed.get(key) or best_cell(found[key]) for key in jobs}


def networks(programs, plan, rounds, seconds, bandwidth):
    """Every network x engine x precision x batch of the plan. An engine that cannot be had is asked once."""
    jobs, answers, refused = {}, [], {}
    for entry in plan:
        for engine in entry["engines"]:
            for precision in entry["precisions"]:
                if (engine, precision) not in refused:
                    try:
                        bench(programs, SHIPPED["random-64"], engine, precision, 1, 0)
                        refused[engine, precision] = None
                    except Failed as failure:
                        refused[engine, precision] = missing(failure)
                for batch in entry["batches"]:
                    key = (entry["network"], engine, precision, batch)
                    answers.append(key)
                    if not refused[engine, precision]:
                        jobs[key] = (*key, 0)
    measured = cells(programs, jobs, rounds, seconds, bandwidth)
    results = []
    for key in answers:
        network, engine, precision, batch = key
        about = {"network": network, "engine": engine, "precision": precision, "batch": batch}
        results.append(about | (measured.get(key) or refused[engine, precision]))
    return {"plan": plan, "results": results}


# ---- Scaling ----


def curve(programs, axis, jobs, rounds, seconds, bandwidth):
    """A curve over `axis`: {point: job}, see cells()."""
    measured = cells(programs, jobs, rounds, seconds, bandwidth)
    points = [{axis: point} | fields for point, fields in measured.items()]
    (network, *_), *_ = jobs.values()
    return {"axis": axis, "network": network, "points": points}


def generators_patch(path, count):
    """`count` generators of one model, each with a latent of its own that moves every tick, blended into one picture."""
    nodes = [
        {"id": 1, "type": "model.load", "params": {"path": str(SHIPPED["textures-64"])}},
        {"id": 2, "type": "control.lfo", "params": {"low": 0.4, "high": 1, "period": 8, "unit": "beats"}},
        {"id": 3, "type": "image.output", "params": {}},
    ]
    links, last = {}, None
    for i in range(count):
        sampler, truncation, embed, generator, blend = (10 * (i + 1) + part for part in range(5))
        nodes += [
            {"id": sampler, "type": "latent.sampler", "params": {"seed": i}},
            {"id": truncation, "type": "latent.truncation", "params": {}},
            {"id": embed, "type": "class.embed", "params": {"class": str(i)}},
            {"id": generator, "type": "biggan.generator", "params": {}},
        ]
        links |= {
            f"{truncation}.latent": f"{sampler}.latent",
            f"{truncation}.truncation": "2.value",
            f"{generator}.class": f"{embed}.class",
            f"{generator}.latent": f"{truncation}.latent",
            f"{generator}.model": "1.model",
        }
        if last is None:
            last = f"{generator}.image"
        else:
            nodes.append({"id": blend, "type": "image.blend", "params": {}})
            links |= {f"{blend}.below": last, f"{blend}.above": f"{generator}.image"}
            last = f"{blend}.image"
    links["3.image"] = last
    for node in nodes:
        node |= {"version": 1, "x": 0, "y": 0}
    settings = {"length": 240, "tempo": 120, "tick_rate": [60, 1]}
    path.write_text(json.dumps({"ganymede": 1, "settings": settings, "nodes": nodes, "links": links}))
    return path


def generators(programs, counts, rounds, seconds):
    """Milliseconds a tick of `ganymede play` with 1 to 8 generators in one graph."""
    times = {count: [] for count in counts}
    try:
        for _ in range(rounds):
            for count in counts:
                patch = generators_patch(programs.work / f"generators-{count}.ganymede", count)
                report = programs.json("ganymede", "play", patch, "--lock", "--seconds", f"{seconds:g}", "--json")
                times[count].append(report["median_ms"])
    except Failed as failure:
        return missing(failure)
    points = []
    for count, rounds_ms in times.items():
        fastest = min(rounds_ms)
        points.append({
            "generators": count,
            "median_ms": fastest,
            "rounds_ms": rounds_ms,
            "pictures_per_second": 1e3 * count / fastest,
        })  # fmt: skip
    return {"axis": "generators", "network": "textures-64", "points": points}


def thread_counts():
    most = len(os.sched_getaffinity(0))
    return [n for n in range(1, most + 1) if n <= 8 or n == most or n & (n - 1) == 0]


def scaling(programs, quick, rounds, seconds, bandwidth):
    network, channels = ("textures-64", 8) if quick else ("biggan-128", 32)
    engine = ("openvino", "f32")
    batches = {n: (network, *engine, n, 0) for n in (1, 2, 4, 8, 16, 32, 64)}
    sizes = {n: (f"biggan-{n}-ch{channels}", *engine, 1, 0) for n in (32, 64, 128, 256, 512)}
    threads = {n: (network, *engine, 1, n) for n in thread_counts()}
    common = (rounds, seconds, bandwidth)
    return {
        "batch": curve(programs, "batch", batches, *common),
        "resolution": curve(programs, "resolution", sizes, *common),
        "threads": curve(programs, "threads", threads, *common),
        "generators": generators(programs, range(1, 9), rounds, 0.35 if quick else 3),
    }


def trainer(programs, quick, rounds):
    """One D and one G step, in f32 and where the processor has it in bf16."""
    configs = [("32", "8", "8")] if quick else [("32", "64", "32"), ("64", "32", "32")]
    has_bf16 = "avx512_bf16" in machine_flags()
    precisions = ["f32"] + (["bf16"] if has_bf16 else [])
    seconds = "0.5" if quick else "10"
    parts = [
        figures(programs, "train_step", [*config, seconds, precision], quick, rounds)
        for config in configs
        for precision in precisions
    ]
    return joined(*parts)


def machine_flags():
    try:
        return pathlib.Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return []
