#!/usr/bin/env python3
"""How fast Ganymede is on this machine, and against whom. `./ganymede bench` without a model builds what this needs and runs it:

    ./ganymede bench [--quick] [--json OUT] [--peers] [--against OLD.json] [--only SECTION,... [--keep]]

Measures networks x engines x precisions x batches beside the machine's own peak and bandwidth, how they scale, and
what the graph, the frame bridge, picture nodes, the editor, the plugin interface and the trainer cost. --peers measures the
other ways to run the same networks too, in a virtual environment that peers/run makes (4 GB). --against compares ratios,
not seconds, with an older OUT; see compare.py for how noise is met. --only with --keep measures in parts: what OUT has of the
other sections stays, where it is of this machine and commit. What cannot be measured has a sentence why.

Exit code 1: something became worse, or a field is missing. 2: bad input.
"""

import argparse
import datetime
import json
import pathlib
import subprocess
import sys

import compare
import measure
from measure import ROOT, missing, say

RANDOM = ("biggan-128", "biggan-256", "biggan-512", "hf-biggan-deep-128", "hf-biggan-deep-256", "hf-biggan-deep-512")


def plan(quick):
    """What is measured of which network."""
    every = {"engines": list(measure.LIBRARIES), "precisions": ["f32", "bf16", "f16"]}
    if quick:
        small = [{"network": name, **every, "batches": [1]} for name in measure.SHIPPED]
        return [*small, {"network": "biggan-128", "engines": ["openvino"], "precisions": ["f32"], "batches": [1]}]
    return [{"network": name, **every, "batches": [1, 8]} for name in (*measure.SHIPPED, *RANDOM)]


# ---- The sections ----


def bound(programs, options):
    return measure.figures(programs, "bound", [], options.quick, 1)


def merged_bound(*parts):
    """Measured at the beginning and at the end: the machine's best."""
    there = [part for part in parts if not compare.is_missing(part)]
    if not there:
        return parts[0]
    return {"about": there[0]["about"], "figures": measure.merge_figures([part["figures"] for part in there])}


def graph(programs, options):
    of_graph = measure.figures(programs, "graph", [] if options.quick else ["soak"], options.quick, options.rounds)
    journal = measure.figures(programs, "journal", [], options.quick, options.rounds)
    for figure in journal.get("figures", []):
        figure["name"] = f"journal: {figure['name']}"
    return measure.joined(of_graph, journal)


def peers(options, folder, machine):
    """What tests/bench/peers measures, merged; it makes its own virtual environment."""
    run = ROOT / "tests/bench/peers/run"
    folder.mkdir(parents=True, exist_ok=True)

    def ask(name, *arguments):
        path = folder / f"{name}.json"
        path.unlink(missing_ok=True)
        done = subprocess.run([run, *arguments, "--json", path], stdout=sys.stderr, check=False)
        if done.returncode or not path.exists():
            return missing(f"tests/bench/peers/run ended with exit code {done.returncode} for {name}")
        return json.loads(path.read_text())

    rounds = ["--rounds", "1" if options.quick else str(max(3, options.rounds))]  # a median needs three
    quick = ["--networks", "biggan-128", "--batch", "1", "--precision", "f32", "--seconds", "0.5"]
    quick_training = ["--configs", "32x8", "--batch", "8", "--seconds", "0.5"]
    full = ["--compile", "--seconds", f"{options.seconds:g}"]
    common = ["--ganymede", options.build / "ganymede", *rounds, *(quick if options.quick else full)]
    of_networks = ask("networks", *common)
    ours = options.build / "tests/bench/train_step"
    training = missing("the program train_step is not built")
    if ours.exists():
        training = ask("training", "--training", "--ours", ours, *rounds, *(quick_training if options.quick else []))
    answer = {"networks": of_networks, "training": training}
    if "networks" in of_networks:
        answer |= {"networks": of_networks["networks"], "machine": of_networks["machine"]}
        if not compare.is_missing(machine["nvidia"]):
            on_cuda = ask("networks-cuda", "--device", "cuda", *common)
            for name, result in on_cuda.get("networks", {}).items():
                answer["networks"][f"{name}, CUDA"] = result
            if compare.is_missing(on_cuda):
                say(on_cuda["missing"])
        for result in answer["networks"].values():
            for row in result["contenders"]:
                for entry in row["batches"].values():
                    for turn in entry["turns"]:
                        turn.pop("model", None)  # a path of this machine
            for failure in result["failures"]:
                failure["why"] = measure.without_paths(failure["why"])
    return answer


def sections(programs, options, machine):
    """Every section; those that --only leaves out say so."""
    wanted = options.only or compare.SECTIONS
    first = bound(programs, options)
    bandwidth = measure.value(first, "reading memory")
    quick, rounds, seconds = options.quick, options.rounds, options.seconds
    device = [] if options.gpu is None else [512, options.gpu]
    makers = {
        "networks": lambda: measure.networks(programs, plan(quick), rounds, seconds, bandwidth),
        "scaling": lambda: measure.scaling(programs, quick, rounds, seconds, bandwidth),
        "graph": lambda: graph(programs, options),
        "pictures": lambda: measure.figures(programs, "pictures", device, quick, rounds),
        "editor": lambda: measure.figures(programs, "editor", [], quick, rounds),
        "plugin": lambda: measure.figures(programs, "abi", [], quick, rounds),
        "trainer": lambda: measure.trainer(programs, quick, rounds),
    }
    found = {}
    for name, make in makers.items():
        if name in wanted or (name == "pictures" and "bridge" in wanted):
            say(f"{name}")
            found[name] = make()
        else:
            found[name] = missing("it was left out by --only")
    found["pictures"], found["bridge"] = measure.split(
        found["pictures"], lambda name: name.startswith(("staged", "copy"))
    )
    found["peers"] = missing("it needs --peers")
    if options.peers:
        say("peers")
        found["peers"] = peers(options, programs.work, machine)
    found["bound"] = merged_bound(first, bound(programs, options))
    return {name: found[name] for name in compare.SECTIONS}


# ---- The document ----


def commit():
    try:
        done = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
        changed = subprocess.run(["git", "-C", ROOT, "status", "--porcelain"], capture_output=True, text=True, check=False)
    except OSError:
        return missing("git is not installed")
    if done.returncode:
        return missing("these sources are not a git checkout")
    return done.stdout.strip() + (" with changes" if changed.stdout.strip() else "")


def document(options):
    programs = measure.Programs(options.build, options.work, options.patience)
    command = ["./ganymede", "bench"]
    command += [flag for flag in ("--quick", "--peers") if getattr(options, flag.strip("-"))]
    command += ["--only", ",".join(options.only)] if options.only else []
    command += ["--rounds", str(options.rounds)] if options.rounds_given else []
    machine = measure.machine(programs)
    head = {
        "yardstick": compare.FORMAT,
        "command": " ".join(command),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "commit": commit(),
        "quick": options.quick,
        "rounds": options.rounds,
        "machine": machine,
        "versions": measure.versions(programs),
    }
    return head | sections(programs, options, machine)


def differs(begun, options):
    """What keeps a stored document from being gone on with, or nothing."""
    if begun["commit"] != commit():
        return "commit"
    if begun["quick"] != options.quick:
        return "kind, made with --quick or without"
    machine = measure.machine(measure.Programs(options.build, options.work, options.patience))
    return "machine" if any(begun["machine"][name] != machine[name] for name in ("processor", "cores", "nvidia")) else ""


def kept(old, new, only):
    """The new document with the old one's sections that were left out now."""
    whole = new | {name: old[name] for name in compare.SECTIONS if name not in (*only, "bound")}
    if "pictures" in only or "bridge" in only:  # one program measures both
        whole |= {name: new[name] for name in ("pictures", "bridge")}
    return whole | {
        "bound": merged_bound(old["bound"], new["bound"]),
        "command": f"{old['command']} && {new['command']}",
    }


def print_summary(report):
    for figure in report["bound"].get("figures", []):
        print(f"{figure['name']:<62} {figure['value']:10.1f} {figure['unit']}")
    for cell in report["networks"].get("results", []):
        name = f"{cell['network']} {cell['engine']} {cell['precision']}, batch {cell['batch']}"
        if not compare.is_missing(cell):
            share = cell["roofline_share"]
            share = "" if compare.is_missing(share) else f", {100 * share:.0f} % of the roofline"
            print(f"{name:<62} {cell['min_ms']:10.2f} ms  {cell['pictures_per_second']:8.1f} pictures/s{share}")
    for section in compare.PROGRAMS:
        for figure in report[section].get("figures", []):
            limit = f"  (bound {figure['bound']:.4g})" if compare.is_number(figure.get("bound")) else ""
            print(f"{section + ': ' + figure['name']:<62} {figure['value']:10.3f} {figure['unit']}{limit}")
    for name, ratio in compare.peer_entries(report).items():
        print(f"{name:<62} {ratio:10.2f} times our time")
    for what, why in compare.unmeasured(report):
        print(f"not measured: {what}: {why}")


# ---- The command ----


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f"ganymede: bench: {message}", file=sys.stderr)
        sys.exit(2)


def read_stored(path, parser):
    try:
        stored = json.loads(pathlib.Path(path).read_text())
    except OSError as error:
        parser.error(f"{path}: {error.strerror}")
    except ValueError:
        parser.error(f"{path}: is not JSON")
    wrong = compare.problems(stored)
    if wrong:
        parser.error(f"{path}: {wrong[0]}")
    return stored


def positive(kind):
    def read(text):
        try:
            number = kind(text)
        except ValueError:
            number = 0
        if not 0 < number < 1e6:
            raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
        return number

    return read


def parse_arguments():
    parser = Parser(prog="./ganymede bench", description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="small networks and few repeats, under 3 minutes")
    parser.add_argument("--json", metavar="OUT", help="where to write everything, for --against and for the report")
    parser.add_argument("--peers", action="store_true", help="measure the other engines too")
    parser.add_argument("--against", metavar="OLD.json", help="exit code 1 when something became worse since")
    parser.add_argument("--tolerance", type=positive(float), default=compare.TOLERANCE, help="of --against")
    parser.add_argument("--only", metavar="SECTION,...", help=f"of {', '.join(compare.SECTIONS)}")
    parser.add_argument("--keep", action="store_true", help="with --only: OUT keeps its other sections")
    parser.add_argument("--whole", action="store_true", help="exit code 1 when a program of ours could not be measured")
    parser.add_argument("--compare", metavar="NEW.json", help="measure nothing: --against is compared with this")
    parser.add_argument("--check", metavar="STORED.json", help="measure nothing: see whether every field is there")
    parser.add_argument("--gpu", help="that pictures are worked on with, as `ganymede render --gpu`")
    parser.add_argument("--rounds", type=positive(int), help="whose best is kept (3; 1 with --quick)")
    parser.add_argument("--seconds", type=positive(float), help="of each measurement of a network (2; 0.2 with --quick)")
    parser.add_argument("--patience", type=positive(float), default=900, help="seconds for one program")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="folder of the programs")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/yardstick", help="folder for models")
    options = parser.parse_args()
    options.rounds_given = options.rounds is not None
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.seconds = options.seconds or (0.2 if options.quick else 2)
    if options.only is not None:
        options.only = options.only.split(",")
        for name in options.only:
            if name not in compare.SECTIONS:
                parser.error(f"--only knows {', '.join(compare.SECTIONS)}, not {name or 'nothing'}")
        options.peers = options.peers or "peers" in options.only
    if options.compare and not options.against:
        parser.error("--compare needs --against")
    if options.keep and not (options.only and options.json):
        parser.error("--keep needs --only and --json")
    options.begun = None
    if options.keep and pathlib.Path(options.json).exists():
        options.begun = read_stored(options.json, parser)
    options.old = read_stored(options.against, parser) if options.against else None
    options.new = read_stored(options.compare, parser) if options.compare else None
    if options.check:
        read_stored(options.check, parser)
        print(f"{options.check}: every field is there")
        sys.exit(0)
    # `ganymede bench --json MODEL` is another command, and no model is to be written over.
    if options.json and not options.json.endswith(".json"):
        parser.error(f"{options.json}: what --json writes must end in .json; a model is measured by bench MODEL --json")
    if options.json and not pathlib.Path(options.json).absolute().parent.is_dir():
        parser.error(f"{options.json}: there is no such folder")
    if not options.new and not (options.build / "ganymede").exists():
        parser.error(f"{options.build}: holds no program ganymede; ./ganymede bench builds it")
    return options


def verdict(options, report):
    """Prints what is wrong with the report and what became worse; the exit code."""
    code = 0
    for problem in compare.problems(report):
        print(f"ganymede: bench: the result is not whole: {problem}", file=sys.stderr)
        code = 1
    if options.whole:
        for name in set(compare.SECTIONS) - {"peers"}:
            if compare.is_missing(report[name]):
                print(f"ganymede: bench: {name} could not be measured: {report[name]['missing']}", file=sys.stderr)
                code = 1
        if all(compare.is_missing(cell) for cell in report["networks"].get("results", [])):
            print("ganymede: bench: no network could be measured", file=sys.stderr)
            code = 1
    if options.old and not code:
        worse, count = compare.compare(options.old, report, options.tolerance)
        for sentence in worse:
            print(f"worse: {sentence}")
        print(f"{count} figures compared with {options.against}, {len(worse)} became worse")
        code = 1 if worse else 0
    return code


def main():
    options = parse_arguments()
    if options.new:
        return verdict(options, options.new)
    if options.begun and (other := differs(options.begun, options)):
        print(f"ganymede: bench: {options.json}: is of another {other}; measure into another file", file=sys.stderr)
        return 2
    report = document(options)
    if options.begun:
        report = kept(options.begun, report, options.only)
    if options.json:
        out = pathlib.Path(options.json)
        new = out.with_suffix(".json.new")  # the old one is there until the new one is whole
        new.write_text(json.dumps(report, indent=1) + "\n")
        new.replace(out)
    print_summary(report)
    return verdict(options, report)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
