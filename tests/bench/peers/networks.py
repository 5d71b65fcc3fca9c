"""The published BigGAN generators in plain PyTorch: what a user of another engine would run.

Spectral norm is folded into the weights at load, as everyone who deploys these networks does, unless
keep_spectral_norm() puts it back. Nothing else is rewritten: nearest x2 upsampling comes before the 3x3 convolution
and the 1x1 shortcut, conditional batch norm works out its gain and bias from the conditioning vector in
the graph, and BigGAN-deep computes all the channels of its last convolution before it keeps three.

Inputs are z (N, dim_z) and y (N, n_classes), class weights that are one-hot for a single class; the
output is (N, 3, R, R) in [-1, 1]. Sources: Brock, Donahue and Simonyan 2018, arXiv:1809.11096; names and
quirks follow ajbrock/BigGAN-PyTorch and huggingface/pytorch-pretrained-BigGAN, so their state dicts load.

    python networks.py FIXTURE...    prints the largest difference from each fixture, in float64
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
from torch import nn
from torch.nn import functional as F


def upsample(x):
    return F.interpolate(x, scale_factor=2, mode="nearest")


def conditional_norm(x, mean, var, eps, gain, bias):
    """x (N, C, H, W); mean, var (C); gain, bias (N, C)."""
    x = F.batch_norm(x, mean, var, eps=eps)
    return x * (1 + gain[:, :, None, None]) + bias[:, :, None, None]


def attend(x, theta, phi, g, o, gamma):
    """Queries at every position, keys and values at every second row and column; logits are not scaled."""
    queries = theta(x).flatten(2)  # (N, C/8, HW)
    keys = F.max_pool2d(phi(x), 2).flatten(2)  # (N, C/8, HW/4)
    values = F.max_pool2d(g(x), 2).flatten(2)  # (N, C/2, HW/4)
    weights = torch.softmax(queries.transpose(1, 2) @ keys, dim=-1)  # (N, HW, HW/4)
    n, _, height, width = x.shape
    mixed = (values @ weights.transpose(1, 2)).view(n, -1, height, width)
    return gamma * o(mixed) + x


class Norm(nn.Module):
    """Batch norm with stored statistics. Buffers and affine parameters bear the names of the checkpoint."""

    def __init__(self, channels, eps, statistics, affine=()):
        super().__init__()
        self.eps = eps
        self.statistics = statistics
        self.affine = affine
        for name in statistics:
            self.register_buffer(name, torch.empty(channels))
        for name in affine:
            self.register_parameter(name, nn.Parameter(torch.empty(channels)))

    def forward(self, x):
        mean, var = (getattr(self, name) for name in self.statistics)
        gain, bias = (getattr(self, name) for name in self.affine)
        return F.batch_norm(x, mean, var, gain, bias, eps=self.eps)


# ---- BigGAN (ajbrock) ----

# Output resolution -> channels in and out of each block, in multiples of `channels`.
BIGGAN_BLOCKS = {
    32: ((4, 4), (4, 4), (4, 4)),
    64: ((16, 16), (16, 8), (8, 4), (4, 2)),
    128: ((16, 16), (16, 8), (8, 4), (4, 2), (2, 1)),
    256: ((16, 16), (16, 8), (8, 8), (8, 4), (4, 2), (2, 1)),
    512: ((16, 16), (16, 8), (8, 8), (8, 4), (4, 2), (2, 1), (1, 1)),
}


@dataclasses.dataclass(frozen=True)
class BigGanConfig:
    resolution: int
    channels: int = 96
    n_classes: int = 1000
    dim_z: int = 120
    shared_dim: int = 128  # 0: every norm has its own class embeddings
    hierarchical: bool = True
    attention: tuple = (64,)  # resolutions
    bn_eps: float = 1e-5
    sn_eps: float = 1e-6

    truncation = None  # one set of statistics serves all

    def network(self):
        return BigGan(self)


class Embedding(nn.Module):
    """A table whose rows are blended by class weights, so that it can be an input of an ONNX graph."""

    def __init__(self, n_classes, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_classes, dim))

    def forward(self, y):
        return y @ self.weight


class ConditionalNorm(nn.Module):
    def __init__(self, config, channels, condition_dim):
        super().__init__()
        self.eps = config.bn_eps
        self.register_buffer("stored_mean", torch.empty(channels))
        self.register_buffer("stored_var", torch.empty(channels))
        if config.shared_dim:
            self.gain = nn.Linear(condition_dim, channels, bias=False)
            self.bias = nn.Linear(condition_dim, channels, bias=False)
        else:
            self.gain = Embedding(config.n_classes, channels)
            self.bias = Embedding(config.n_classes, channels)

    def forward(self, x, condition):
        gain, bias = self.gain(condition), self.bias(condition)
        return conditional_norm(x, self.stored_mean, self.stored_var, self.eps, gain, bias)


class Block(nn.Module):
    def __init__(self, config, channels_in, channels_out, condition_dim):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.conv_sc = nn.Conv2d(channels_in, channels_out, 1)
        self.bn1 = ConditionalNorm(config, channels_in, condition_dim)
        self.bn2 = ConditionalNorm(config, channels_out, condition_dim)

    def forward(self, x, condition):
        h = self.conv1(upsample(F.relu(self.bn1(x, condition))))
        h = self.conv2(F.relu(self.bn2(h, condition)))
        return h + self.conv_sc(upsample(x))


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.gamma = nn.Parameter(torch.empty(()))
        self.theta = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.phi = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.g = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.o = nn.Conv2d(channels // 2, channels, 1, bias=False)

    def forward(self, x):
        return attend(x, self.theta, self.phi, self.g, self.o, self.gamma)


class BigGan(nn.Module):
    def __init__(self, config):
        super().__init__()
        multiples = BIGGAN_BLOCKS[config.resolution]
        first, last = config.channels * multiples[0][0], config.channels * multiples[-1][1]
        self.chunk = config.dim_z // (len(multiples) + 1) if config.hierarchical else 0
        condition_dim = config.shared_dim + self.chunk

        self.shared = Embedding(config.n_classes, config.shared_dim) if config.shared_dim else nn.Identity()
        self.linear = nn.Linear(self.chunk or config.dim_z, first * 4 * 4)
        self.blocks = nn.ModuleList()
        for i, (m_in, m_out) in enumerate(multiples):
            channels_out = config.channels * m_out
            layers = [Block(config, config.channels * m_in, channels_out, condition_dim)]
            if 8 << i in config.attention:
                layers.append(Attention(channels_out))
            self.blocks.append(nn.ModuleList(layers))
        # The reference forwards no epsilon to this norm.
        output_norm = Norm(last, 1e-5, ("stored_mean", "stored_var"), ("gain", "bias"))
        self.output_layer = nn.Sequential(output_norm, nn.ReLU(), nn.Conv2d(last, 3, 3, padding=1))

    def forward(self, z, y):
        y = self.shared(y)
        if self.chunk:
            z, *chunks = z.split(self.chunk, dim=1)
            conditions = [torch.cat([y, chunk], dim=1) for chunk in chunks]
        else:
            conditions = [y] * len(self.blocks)
        h = self.linear(z)
        h = h.view(h.shape[0], -1, 4, 4)
        for (block, *attention), condition in zip(self.blocks, conditions):
            h = block(h, condition)
            for layer in attention:
                h = layer(h)
        return torch.tanh(self.output_layer(h))


# ---- BigGAN-deep (TF-Hub's, as ported by Hugging Face) ----

# Output resolution -> (upsample, channels in, channels out) of each layer, in multiples of `channels`.
DEEP_START = ((False, 16, 16), (True, 16, 16), (False, 16, 16), (True, 16, 8), (False, 8, 8))
DEEP_END = ((True, 8, 4), (False, 4, 4), (True, 4, 2), (False, 2, 2), (True, 2, 1))
DEEP_LAYERS = {
    128: DEEP_START + DEEP_END,
    256: DEEP_START + ((True, 8, 8), (False, 8, 8)) + DEEP_END,
    512: DEEP_START + ((True, 8, 8), (False, 8, 8)) + DEEP_END + ((False, 1, 1), (True, 1, 1)),
}


@dataclasses.dataclass(frozen=True)
class DeepConfig:
    resolution: int
    channels: int = 128
    n_classes: int = 1000
    dim_z: int = 128
    embed_dim: int = 128
    attention_position: int = 8
    eps: float = 1e-4
    n_stats: int = 51

    truncation = 0.5  # falls on a row of the statistics exactly, which many truncations do not

    def network(self):
        return Deep(self)

    def json(self):
        """config.json as Hugging Face writes it."""
        return {
            "output_dim": self.resolution,
            "z_dim": self.dim_z,
            "class_embed_dim": self.embed_dim,
            "channel_width": self.channels,
            "num_classes": self.n_classes,
            "layers": DEEP_LAYERS[self.resolution],
            "attention_layer_position": self.attention_position,
            "eps": self.eps,
            "n_stats": self.n_stats,
        }

    @staticmethod
    def from_json(values):
        config = DeepConfig(
            resolution=values["output_dim"],
            channels=values["channel_width"],
            n_classes=values["num_classes"],
            dim_z=values["z_dim"],
            embed_dim=values["class_embed_dim"],
            attention_position=values["attention_layer_position"],
            eps=values["eps"],
            n_stats=values["n_stats"],
        )
        assert json.loads(json.dumps(config.json())) == values, "a layer list of its own"
        return config


class DeepNorm(nn.Module):
    def __init__(self, config, channels):
        super().__init__()
        self.eps = config.eps
        self.register_buffer("running_means", torch.empty(channels))
        self.register_buffer("running_vars", torch.empty(channels))
        condition_dim = config.dim_z + config.embed_dim
        self.scale = nn.Linear(condition_dim, channels, bias=False)
        self.offset = nn.Linear(condition_dim, channels, bias=False)

    def forward(self, x, condition):
        gain, bias = self.scale(condition), self.offset(condition)
        return conditional_norm(x, self.running_means, self.running_vars, self.eps, gain, bias)


class DeepBlock(nn.Module):
    def __init__(self, config, up, channels_in, channels_out):
        super().__init__()
        self.up = up
        self.narrows = channels_out != channels_in
        hidden = channels_in // 4
        self.bn_0 = DeepNorm(config, channels_in)
        self.conv_0 = nn.Conv2d(channels_in, hidden, 1)
        self.bn_1 = DeepNorm(config, hidden)
        self.conv_1 = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.bn_2 = DeepNorm(config, hidden)
        self.conv_2 = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.bn_3 = DeepNorm(config, hidden)
        self.conv_3 = nn.Conv2d(hidden, channels_out, 1)

    def forward(self, x, condition):
        h = self.conv_0(F.relu(self.bn_0(x, condition)))
        h = F.relu(self.bn_1(h, condition))
        if self.narrows:
            x = x[:, : x.shape[1] // 2]
        if self.up:
            h, x = upsample(h), upsample(x)
        h = self.conv_1(h)
        h = self.conv_2(F.relu(self.bn_2(h, condition)))
        h = self.conv_3(F.relu(self.bn_3(h, condition)))
        return h + x


class DeepAttention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.snconv1x1_theta = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.snconv1x1_phi = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.snconv1x1_g = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.snconv1x1_o_conv = nn.Conv2d(channels // 2, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.empty(1))

    def forward(self, x, _):
        theta, phi, g, o = (
            self.snconv1x1_theta,
            self.snconv1x1_phi,
            self.snconv1x1_g,
            self.snconv1x1_o_conv,
        )
        return attend(x, theta, phi, g, o, self.gamma)


class DeepGenerator(nn.Module):
    def __init__(self, config):
        super().__init__()
        ch = config.channels
        self.gen_z = nn.Linear(config.dim_z + config.embed_dim, 4 * 4 * 16 * ch)
        self.layers = nn.ModuleList()
        for i, (up, m_in, m_out) in enumerate(DEEP_LAYERS[config.resolution]):
            if i == config.attention_position:
                self.layers.append(DeepAttention(ch * m_in))
            self.layers.append(DeepBlock(config, up, ch * m_in, ch * m_out))
        self.bn = Norm(ch, config.eps, ("running_means", "running_vars"), ("weight", "bias"))
        self.conv_to_rgb = nn.Conv2d(ch, ch, 3, padding=1)

    def forward(self, condition):
        h = self.gen_z(condition)
        h = h.view(h.shape[0], 4, 4, -1).permute(0, 3, 1, 2).contiguous()
        for layer in self.layers:
            h = layer(h, condition)
        h = self.conv_to_rgb(F.relu(self.bn(h)))
        return torch.tanh(h[:, :3])


class Deep(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embeddings = nn.Linear(config.n_classes, config.embed_dim, bias=False)
        self.generator = DeepGenerator(config)

    def forward(self, z, y):
        return self.generator(torch.cat([z, self.embeddings(y)], dim=1))


# ---- Checkpoints ----

CONFIGS = {
    "biggan-64-ch32": BigGanConfig(64, channels=32, dim_z=100, attention=(32,)),
    "biggan-128": BigGanConfig(128),
    "biggan-256": BigGanConfig(256, dim_z=140, attention=(128,)),
    "biggan-512": BigGanConfig(512, dim_z=128),
    "hf-biggan-deep-128": DeepConfig(128),
    "hf-biggan-deep-256": DeepConfig(256),
    "hf-biggan-deep-512": DeepConfig(512),
}
CONFIGS |= {f"{name}-small": dataclasses.replace(config, channels=8) for name, config in CONFIGS.items()}


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
