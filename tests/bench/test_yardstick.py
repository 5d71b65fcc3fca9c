"""Checks of the yardstick that measure nothing: python3 tests/bench/test_yardstick.py"""

import contextlib
import copy
import importlib.util
import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import compare  # noqa: E402
import measure  # noqa: E402
import random_networks  # noqa: E402
import report  # noqa: E402
import yardstick  # noqa: E402

YARDSTICK = pathlib.Path(__file__).with_name("yardstick.py")


def run_of(milliseconds, peak=200.0, batch=1):
    """One cell, as `ganymede bench` would have been read."""
    result = {"batch": batch, "median_ms": 1.1 * milliseconds, "min_ms": milliseconds, "runs": 9, "gmac": 2.0}
    result |= {"peak_gmac_per_second": peak, "open_seconds": 0.3}
    answer = {"results": [result], "lowered_megabytes": 100.0, "lower_seconds": 0.2, "peak_megabytes": 500.0}
    answer |= {"threads": 2, "engine": "OpenVINO 1 on a test"}
    return measure.best_cell([measure.cell(answer, "f32", 20.0)])


def figures(*entries):
    return {"about": {}, "figures": [dict(zip(("name", "value", "unit", "bound"), entry)) for entry in entries]}


def document():
    """A whole yardstick of round numbers."""
    plan = [{"network": "net", "engines": ["openvino", "cuda"], "precisions": ["f32"], "batches": [1]}]
    about = {"network": "net", "precision": "f32", "batch": 1}
    results = [about | {"engine": "openvino"} | run_of(20), about | {"engine": "cuda", "missing": "there is no GPU"}]
    turns = [{"median_ms": 20.0}]
    entry = {"median_ms": 30.0, "ratio": 1.5, "ratios": [1.5], "turns": turns, "difference": {"max": 1e-5, "mean": 1e-6}}
    rows = [{"contender": name, "precision": "f32", "batches": {"1": entry}} for name in ("Ganymede", "PyTorch eager")]
    trained = {"network": "32 px", "contender": "Ganymede f32", "pictures_per_second": 9.0, "ratio": 1.2, "peak_gigabytes": 1.0}
    return {
        "yardstick": compare.FORMAT,
        "command": "./ganymede bench",
        "date": "2026-01-01",
        "commit": "0" * 40,
        "quick": False,
        "rounds": 1,
        "machine": {key: ["avx2"] if key == "features" else 2 for key in compare.MACHINE},
        "versions": {key: "1" for key in compare.VERSIONS},
        "bound": figures(("f32 multiply-adds", 200.0, "GMAC/s"), ("reading memory", 20.0, "GB/s")),
        "networks": {"plan": plan, "results": results},
        "scaling": {
            axis: {"axis": axis, "network": "net", "points": [run_of(10 * n, batch=n) | {axis: n} for n in (1, 2)]}
            for axis in compare.SCALING
        },
        "graph": figures(("plan", 30.0, "ms", 50.0), ("overhead", 1.0, "%", 2.0)),
        "bridge": figures(("staged", 1.0, "ms")),
        "pictures": figures(("Blur, peer over ours", 2.0, "ratio")),
        "editor": figures(("pictures meanwhile", 40.0, "pictures/s", 20.0)),
        "plugin": figures(("loading", 9.0, "ms", 20.0)),
        "trainer": figures(("a step", 900.0, "ms"), ("memory", 700.0, "MB")),
        "peers": {
            "networks": {"net": {"contenders": rows, "failures": []}},
            "machine": {"versions": {"torch": "2"}},
            "training": [trained],
        },
    }


class Whole(unittest.TestCase):
    def test_a_whole_document_has_no_problems(self):
        self.assertEqual(compare.problems(document()), [])

    def test_every_section_must_be_there(self):
        for section in compare.SECTIONS:
            cut = document()
            del cut[section]
            self.assertEqual(compare.problems(cut), [f"{section} is not there"])

    def test_a_section_may_be_missing_with_a_sentence_alone(self):
        for section in compare.SECTIONS:
            reasoned = document() | {section: {"missing": "it was left out"}}
            self.assertEqual(compare.problems(reasoned), [])
            for nothing in ({"missing": ""}, {"missing": None}, {}):
                self.assertNotEqual(compare.problems(document() | {section: nothing}), [], (section, nothing))

    def test_every_field_of_a_network_must_be_there(self):
        for key in compare.CELL:
            cut = document()
            del cut["networks"]["results"][0][key]
            self.assertEqual(compare.problems(cut), [f"networks: net openvino f32 batch 1.{key} is not there"])

    def test_what_was_planned_must_be_there(self):
        cut = document()
        del cut["networks"]["results"][1]
        self.assertEqual(compare.problems(cut), ["networks: net cuda f32 batch 1 is not there"])

    def test_what_is_no_number_is_found(self):
        wrong = document()
        wrong["graph"]["figures"][0]["value"] = None
        wrong["trainer"]["figures"][0]["value"] = float("nan")
        self.assertEqual(
            compare.problems(wrong), ["graph: plan.value is no number", "trainer: a step.value is no number"]
        )

    def test_other_json_is_refused(self):
        for other in ([], {}, None, 3, {"yardstick": compare.FORMAT + 1}):
            self.assertEqual(len(compare.problems(other)), 1)

    def test_what_could_not_be_measured_is_listed(self):
        self.assertEqual(compare.unmeasured(document()), [("networks, cuda f32 (net)", "there is no GPU")])


class Compared(unittest.TestCase):
    def worse(self, change, **options):
        new = document()
        change(new)
        return compare.compare(document(), new, **options)[0]

    def test_nothing_changed(self):
        self.assertEqual(self.worse(lambda new: None), [])

    def test_a_slower_machine_is_not_worse(self):
        def halve(new):
            new["networks"]["results"][0] |= run_of(40, peak=100.0)
            new["networks"]["results"][0]["load_seconds"] *= 2
            for axis in compare.SCALING:
                for n, point in zip((1, 2), new["scaling"][axis]["points"]):
                    point |= run_of(20 * n, peak=100.0, batch=n)
            for figure in new["bound"]["figures"]:
                figure["value"] /= 2
            for section in compare.PROGRAMS:
                for figure in new[section]["figures"]:
                    figure["value"] *= {"ms": 2, "pictures/s": 0.5}.get(figure["unit"], 1)

        self.assertEqual(self.worse(halve), [])

    def test_a_slower_network_is_found_with_both_ratios(self):
        def slow(new):
            new["networks"]["results"][0] |= run_of(30)

        (sentence,) = self.worse(slow)
        self.assertIn("net openvino f32 batch 1", sentence)
        self.assertIn("4 before, 6 now, 1.50 times as bad", sentence)
        self.assertEqual(self.worse(slow, tolerance=0.6), [])

    def test_a_peer_that_gained_on_us_is_found(self):
        def gain(new):
            new["peers"]["networks"]["net"]["contenders"][1]["batches"]["1"]["ratio"] = 1.0

        self.assertIn("net, PyTorch eager f32, batch 1: 1.5 before, 1 now", self.worse(gain)[0])

    def test_fewer_pictures_a_second_are_worse_and_more_are_not(self):
        def set_to(value):
            return lambda new: new["editor"]["figures"][0].update(value=value)

        self.assertEqual(len(self.worse(set_to(20.0))), 1)
        self.assertEqual(self.worse(set_to(90.0)), [])

    def test_percentages_are_held_to_their_bound(self):
        def set_to(value):
            return lambda new: new["graph"]["figures"][1].update(value=value)

        self.assertEqual(self.worse(set_to(1.9)), [])
        self.assertIn("past its bound of 2", self.worse(set_to(2.1))[0])

    def test_quick_runs_are_let_vary_more(self):
        def slow(new):
            new["quick"] = True
            new["networks"]["results"][0] |= run_of(30)

        self.assertEqual(self.worse(slow), [])

    def test_what_one_side_lacks_is_not_compared(self):
        for section in compare.SECTIONS:
            self.assertEqual(self.worse(lambda new: new.update({section: {"missing": "it was left out"}})), [])  # noqa: B023


class Rounds(unittest.TestCase):
    def test_the_best_round_counts(self):
        merged = measure.merge_figures([
            [{"name": "a", "value": 3.0, "unit": "ms"}, {"name": "b", "value": 3.0, "unit": "ratio"}],
            [{"name": "a", "value": 2.0, "unit": "ms"}, {"name": "b", "value": 4.0, "unit": "ratio"}],
        ])  # fmt: skip
        self.assertEqual([(f["value"], f["rounds"]) for f in merged], [(2.0, [3.0, 2.0]), (4.0, [3.0, 4.0])])

    def test_shares_follow_from_the_best(self):
        cell = run_of(20)
        self.assertAlmostEqual(cell["peak_share"], 0.5)  # 2 GMAC in 20 ms are 100 of 200 GMAC/s
        self.assertAlmostEqual(cell["bandwidth_share"], 0.25)  # 100 MB at 20 GB/s take 5 ms
        self.assertAlmostEqual(cell["roofline_share"], 0.5)

    def test_another_engine_in_its_place_is_not_counted(self):
        class Fallen:
            def json(self, *_):
                return {"note": "CUDA: there is no NVIDIA driver; OpenVINO is used", "results": []}

        with self.assertRaisesRegex(measure.Failed, "no NVIDIA driver"):
            measure.bench(Fallen(), "model", "cuda", "f32", 1, 0)

    def test_stored_sentences_name_no_folders(self):
        self.assertEqual(measure.without_paths("/home/me/x/net.safetensors: is cut off"), "net.safetensors: is cut off")


class RandomNetworks(unittest.TestCase):
    def test_files_are_whole_and_always_the_same(self):
        shapes = [random_networks.of_resolution(32, 2), random_networks.Shape(128, 8, dim_z=128, deep=True)]
        for shape in shapes:
            with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
                paths = [random_networks.write(shape, folder) for folder in (one, two)]
                paths = [path / "model.safetensors" if path.is_dir() else path for path in paths]
                self.assertEqual(paths[0].read_bytes(), paths[1].read_bytes())
                data = paths[0].read_bytes()
                (length,) = struct.unpack("<Q", data[:8])
                header = json.loads(data[8 : 8 + length])
                ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
                self.assertEqual(max(ends), len(data) - 8 - length)

    def test_published_networks_have_their_parameters(self):
        def count(tensors, *leaves):
            counted = (shape for name, (shape, _) in tensors.items() if name.endswith(leaves))
            return sum(random_networks.math.prod(shape) for shape in counted)

        # The paper's tables; 70.4 million of BigGAN-128, 50.4 of BigGAN-deep-128.
        tensors = random_networks.biggan_tensors(random_networks.NETWORKS["biggan-128"])
        self.assertAlmostEqual(count(tensors, ".weight", ".bias", ".gain", ".gamma") / 1e6, 70.4, delta=0.1)
        tensors = random_networks.deep_tensors(random_networks.NETWORKS["hf-biggan-deep-128"])
        self.assertAlmostEqual(count(tensors, ".weight_orig", ".weight", ".bias", ".gamma") / 1e6, 50.4, delta=0.2)


class Page(unittest.TestCase):
    def test_the_same_document_gives_the_same_page(self):
        plots = {"one": {"peers": "benchmarks/one-peers.svg"}}
        pages = [report.page({"one": copy.deepcopy(document())}, plots) for _ in range(2)]
        self.assertEqual(*pages)
        for words in ("2026-01-01", "0" * 40, "`./ganymede bench`", "there is no GPU", "one-peers.svg", "PyTorch eager"):
            self.assertIn(words, pages[0])

    def test_every_missing_section_says_why(self):
        empty = document() | {name: {"missing": f"no {name} today"} for name in compare.SECTIONS}
        text = report.page({"one": empty}, {"one": {}})
        for name in compare.SECTIONS:
            self.assertIn(f"- {name}: no {name} today", text)

    def test_no_network_is_beyond_the_best_peak_of_its_precision(self):
        slow, fast = run_of(30), run_of(30)
        for fields, peak in ((slow, 0.5), (fast, 4)):  # times what the network reaches
            fields["peak_gmac_per_second"] = peak * fields["gmac_per_second"]
        one = document()
        one["networks"]["results"] = [one["networks"]["results"][0] | fields for fields in (slow, fast)]
        shares = [cell["peak_share"] for cell in report.by_the_best_peak(one)["networks"]["results"]]
        self.assertEqual(shares, [0.25, 0.25])

    def test_numbers_have_no_exponents(self):
        shown = [report.shown(value) for value in (0, 0.00012345, 1.234, 99.96, 12345.6, {"missing": "a b"})]
        self.assertEqual(shown, ["0", "0.000123", "1.23", "100", "12346", "–"])

    @unittest.skipUnless(importlib.util.find_spec("matplotlib"), "matplotlib is not installed")
    def test_the_same_document_gives_the_same_plots(self):
        found = []
        for _ in range(2):
            with tempfile.TemporaryDirectory() as folder:
                report.write({"one": document()}, pathlib.Path(folder))
                found.append({path.name: path.read_bytes() for path in pathlib.Path(folder).rglob("*.*")})
        self.assertEqual(*found)
        self.assertEqual(len(found[0]), 4)  # the page, peers, training, scaling


class Command(unittest.TestCase):
    def call(self, *arguments):
        return subprocess.run([sys.executable, YARDSTICK, *arguments], capture_output=True, text=True, check=False)

    def test_bad_input_is_one_sentence_and_exit_code_2(self):
        with tempfile.TemporaryDirectory() as folder:
            broken = pathlib.Path(folder, "broken.json")
            broken.write_text("{")
            other = pathlib.Path(folder, "other.json")
            other.write_text("{}")
            for arguments in (
                ["--fast"],
                ["--against", f"{folder}/none.json"],
                ["--against", str(broken)],
                ["--against", str(other)],
                ["--only", "colours"],
                ["--keep"],
                ["--only", "graph", "--keep"],
                ["--rounds", "0"],
                ["--json", "model.safetensors"],
                ["--json", f"{folder}/none/out.json"],
                ["--compare", str(other)],
                ["--build", folder],
            ):
                done = self.call(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_stored_files_are_compared_without_measuring(self):
        with tempfile.TemporaryDirectory() as folder:
            old, new = pathlib.Path(folder, "old.json"), pathlib.Path(folder, "new.json")
            old.write_text(json.dumps(document()))
            slow = document()
            slow["networks"]["results"][0] |= run_of(60)
            new.write_text(json.dumps(slow))
            done = self.call("--against", old, "--compare", new)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("3.00 times as bad", done.stdout)
            self.assertEqual(self.call("--against", new, "--compare", old).returncode, 0)
            self.assertEqual(self.call("--check", old).returncode, 0)

    def test_a_part_keeps_the_others(self):
        old, new = document(), document()
        new["graph"] = {"missing": "only the editor was asked for"}
        new["editor"]["figures"][0]["value"] = 1234
        whole = yardstick.kept(old, new, ["editor"])
        self.assertEqual(whole["graph"], old["graph"])
        self.assertEqual(whole["editor"], new["editor"])
        self.assertEqual(whole["command"], f"{old['command']} && {new['command']}")
        self.assertEqual(compare.problems(whole), [])

    def test_a_stored_file_that_the_report_cannot_read_is_a_sentence(self):
        with self.assertRaises(SystemExit) as ended, contextlib.redirect_stderr(io.StringIO()) as said:
            report.read([pathlib.Path("none.json")])
        self.assertEqual(ended.exception.code, 2)
        self.assertIn("none.json", said.getvalue())


if __name__ == "__main__":
    unittest.main()
