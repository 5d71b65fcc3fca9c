"""Checkpoints of the published generators: made, folded, loaded, written, and compared with fixtures.

    python checkpoints.py FIXTURE...    prints the largest difference from each fixture, in float64
"""

import dataclasses
import itertools
import json
import math
import pathlib
import sys

import safetensors
import safetensors.torch
import torch
from torch.nn import functional as F

from networks import BigGanConfig, DeepConfig, Embedding, Norm


def unit(x, eps=1e-12):
    return x / x.norm().clamp_min(eps)


def fold(state, sn_eps):
    """The state dict with every spectral norm divided into its weight."""
    folded = {}
    for key, value in state.items():
        stem, _, leaf = key.rpartition(".")
        if leaf in ("u0", "sv0", "weight_u", "weight_v"):
            continue
        matrix = value.double().flatten(1) if value.ndim > 1 else None
        if leaf == "weight_orig":  # PyTorch's own: the stored vectors as they are
            sigma = state[f"{stem}.weight_u"].double() @ matrix @ state[f"{stem}.weight_v"].double()
            folded[f"{stem}.weight"] = value.double() / sigma
        elif leaf == "weight" and f"{stem}.u0" in state:  # ajbrock's: one power iteration, also in eval mode
            v = unit(state[f"{stem}.u0"][0].double() @ matrix, sn_eps)
            u = unit(matrix @ v, sn_eps)
            folded[key] = value.double() / (u @ matrix @ v)
        else:
            folded[key] = value
    return folded


def load(state, config, truncation=None, dtype=torch.float32):
    """The network of `config` with the weights of `state`, in the reference's names, spectral norm folded."""
    weights = fold(state, getattr(config, "sn_eps", None))
    if isinstance(config, DeepConfig):
        position = (truncation or config.truncation) * (config.n_stats - 1)
        row = round(position)
        assert abs(position - row) < 1e-6, "between two rows of the statistics"
        for key in weights:
            if key.endswith(("running_means", "running_vars")):
                weights[key] = weights[key][row]
    with torch.device("meta"):
        network = config.network()
    network.load_state_dict({key: value.to(dtype) for key, value in weights.items()}, assign=True)
    return network.eval().requires_grad_(False)


def keep_spectral_norm(network, state, config):
    """Makes a loaded network divide its weights by sigma in every forward again, as the reference's evaluation does.

    With `u0`: one step of power iteration. With `weight_u` and `weight_v`: sigma = u W v.
    """
    eps = getattr(config, "sn_eps", 1e-4)
    for name, layer in network.named_modules():
        raw = state.get(f"{name}.weight", state.get(f"{name}.weight_orig"))
        u, v = (state.get(f"{name}.u0", state.get(f"{name}.weight_u")), state.get(f"{name}.weight_v"))
        if raw is None or u is None:
            continue
        dtype = layer.weight.dtype
        raw, u, v = raw.to(dtype), u.to(dtype).flatten(), None if v is None else v.to(dtype)
        del layer.weight

        def divide(layer, _, raw=raw, u=u, v=v):
            matrix = raw.reshape(raw.shape[0], -1)
            if v is None:
                right = unit(u @ matrix, eps)
                sigma = torch.dot(unit(matrix @ right, eps), matrix @ right)
            else:
                sigma = torch.dot(u, matrix @ v)
            layer.weight = raw / sigma

        layer.register_forward_pre_hook(divide)
    return network


def random_inputs(config, batch, seed):
    """z (N, dim_z) and labels (N)."""
    random = torch.Generator().manual_seed(seed)
    z = torch.randn(batch, config.dim_z, generator=random).clamp(-2, 2) * (config.truncation or 1)
    return z, torch.randint(config.n_classes, (batch,), generator=random)


def class_weights(labels, n_classes, dtype=torch.float32):
    return F.one_hot(labels, n_classes).to(dtype)


def random_checkpoint(config, seed=0):
    """A state dict in the reference's names and shapes. `config` may be a name in CONFIGS.

    Weights are normal; batch norm's statistics are what the network then shows, blurred a little, so that
    pictures depend on z and on the class and do not saturate, as those of a trained network.
    """
    config = CONFIGS[config] if isinstance(config, str) else config
    deep = isinstance(config, DeepConfig)
    random = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(shape, generator=random)

    with torch.device("meta"):
        network = config.network()
    state = {}
    for name, module in network.named_modules():
        own = itertools.chain(module.named_parameters(recurse=False), module.named_buffers(recurse=False))
        for leaf, like in own:
            key, shape = f"{name}.{leaf}", tuple(like.shape)
            if leaf == "gamma":
                state[key] = torch.full(shape, 0.5)
            elif leaf in ("stored_mean", "running_means", "stored_var", "running_vars"):
                state[key] = torch.full((config.n_stats, *shape) if deep else shape, float("var" in leaf))
            elif isinstance(module, Norm):
                state[key] = float(leaf != "bias") + 0.1 * normal(*shape)
            elif isinstance(module, Embedding) or name == "embeddings":
                state[key] = normal(*shape)
            elif leaf == "bias":
                state[key] = 0.1 * normal(*shape)
            else:
                weight = normal(*shape) / math.sqrt(math.prod(shape[1:]))
                u = unit(normal(shape[0]))
                if not deep:
                    state |= {key: weight, f"{name}.u0": u[None], f"{name}.sv0": torch.ones(1)}
                    continue
                for _ in range(10):  # stored u and v are used as they are, so they have to have converged
                    v = unit(weight.flatten(1).T @ u)
                    u = unit(weight.flatten(1) @ v)
                state |= {f"{key}_orig": weight, f"{key}_u": u, f"{key}_v": v}

    network = load(state, config)
    norms = {name: module for name, module in network.named_modules() if list(module.buffers(recurse=False))}

    def take_moments(norm, inputs):
        mean, var = norm.buffers(recurse=False)
        mean.copy_(inputs[0].mean(dim=(0, 2, 3)))
        var.copy_(inputs[0].var(dim=(0, 2, 3)))

    for norm in norms.values():
        norm.register_forward_pre_hook(take_moments)
    z, labels = random_inputs(config, 8, seed)
    with torch.no_grad():
        network(z, class_weights(labels, config.n_classes))
    for name, norm in norms.items():
        (mean_leaf, mean), (var_leaf, var) = norm.named_buffers(recurse=False)
        shape = state[f"{name}.{mean_leaf}"].shape
        state[f"{name}.{mean_leaf}"] = mean + 0.1 * var.sqrt() * normal(*shape)
        state[f"{name}.{var_leaf}"] = var * (1 + 0.4 * (torch.rand(shape, generator=random) - 0.5))
    return state


def write_checkpoint(state, config, folder):
    """Writes the kind of file that users of the reference have; returns its path."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(config, DeepConfig):
        (folder / "config.json").write_text(json.dumps(config.json(), indent=2))
        torch.save(state, folder / "pytorch_model.bin")
        return folder
    values = dataclasses.asdict(config) | {
        "family": "biggan",
        "attention": "_".join(map(str, config.attention)),
        "shared": config.shared_dim > 0,
    }
    metadata = {key: str(value) for key, value in values.items()}
    safetensors.torch.save_file(state, folder / "generator.safetensors", metadata)
    return folder / "generator.safetensors"


def read_checkpoint(path):
    path = pathlib.Path(path)
    if path.is_dir():
        return torch.load(path / "pytorch_model.bin", weights_only=True)
    return safetensors.torch.load_file(path)


# ---- Fixtures ----


def fixture_config(metadata):
    if "config" in metadata:
        return DeepConfig.from_json(json.loads(metadata["config"]))
    return BigGanConfig(
        resolution=int(metadata["resolution"]),
        channels=int(metadata["channels"]),
        n_classes=int(metadata["n_classes"]),
        dim_z=int(metadata["effective_dim_z"]),
        shared_dim=int(metadata["shared_dim"]),
        hierarchical=metadata["hierarchical"] == "True",
        attention=tuple(map(int, metadata["attention"].split("_"))),
        bn_eps=float(metadata["bn_eps"]),
        sn_eps=float(metadata["sn_eps"]),
    )


def check_against(path):
    """The largest absolute difference from a fixture's pictures, computed in float64."""
    with safetensors.safe_open(path, "pt") as file:
        config = fixture_config(file.metadata())
        tensors = {key: file.get_tensor(key) for key in file.keys()}
    prefix = "weights."
    state = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
    y = class_weights(tensors["input.y"], config.n_classes, torch.float64)
    largest = 0.0
    for key, expected in tensors.items():
        if key.startswith("output.image"):
            _, _, truncation = key.partition(".truncation_")
            network = load(state, config, float(truncation or 0), torch.float64)
            image = network(tensors["input.z"].double(), y)
            largest = max(largest, (image - expected.double()).abs().max().item())
    return largest


if __name__ == "__main__":
    for fixture in sys.argv[1:]:
        print(f"{check_against(fixture):.1e}  {fixture}")
