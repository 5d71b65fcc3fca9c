"""Generators of the published shapes with random weights, written with nothing but the standard library.

The names and shapes are those of peers/networks.py, so that the same files load everywhere. A tensor repeats after 65537
values: times depend on shapes and on the values being ordinary numbers, not on what the numbers are. Weights are
half as large as would keep the variance, and batch norm's statistics are 0 and 1, so that nothing overflows in f16.
"""

import array
import dataclasses
import functools
import json
import math
import pathlib
import random
import struct

# Channels in and out of each block, in multiples of ch. Source: arXiv:1809.11096, tables 4 to 9.
BIGGAN_WIDTHS = {
    32: (4, 4, 4, 4),
    64: (16, 16, 8, 4, 2),
    128: (16, 16, 8, 4, 2, 1),
    256: (16, 16, 8, 8, 4, 2, 1),
    512: (16, 16, 8, 8, 4, 2, 1, 1),
}
DEEP_START = ((False, 16, 16), (True, 16, 16), (False, 16, 16), (True, 16, 8), (False, 8, 8))
DEEP_END = ((True, 8, 4), (False, 4, 4), (True, 4, 2), (False, 2, 2), (True, 2, 1))
DEEP_LAYERS = {  # upsamples, channels in, channels out
    128: DEEP_START + DEEP_END,
    256: DEEP_START + ((True, 8, 8), (False, 8, 8)) + DEEP_END,
    512: DEEP_START + ((True, 8, 8), (False, 8, 8)) + DEEP_END + ((False, 1, 1), (True, 1, 1)),
}
DEEP_ATTENTION = 8  # before this layer
DEEP_STATISTICS = 51  # rows, one for each truncation


@dataclasses.dataclass(frozen=True)
class Shape:
    resolution: int
    channels: int = 96
    dim_z: int = 120
    attention: int = 64
    deep: bool = False


NETWORKS = {
    "biggan-128": Shape(128),
    "biggan-256": Shape(256, dim_z=140, attention=128),
    "biggan-512": Shape(512, dim_z=128),
    "hf-biggan-deep-128": Shape(128, channels=128, dim_z=128, deep=True),
    "hf-biggan-deep-256": Shape(256, channels=128, dim_z=128, deep=True),
    "hf-biggan-deep-512": Shape(512, channels=128, dim_z=128, deep=True),
}


def of_resolution(resolution, channels):
    """The published rule at a resolution and a width of one's own: one curve over resolutions."""
    blocks = len(BIGGAN_WIDTHS[resolution]) - 1
    return Shape(resolution, channels, dim_z=20 * (blocks + 1), attention=min(64, resolution // 2))


# ---- Tensors: name -> (shape, what fills it) ----


def biggan_tensors(shape):
    widths = [shape.channels * multiple for multiple in BIGGAN_WIDTHS[shape.resolution]]
    chunk = shape.dim_z // len(widths)
    condition = 128 + chunk
    tensors = {"shared.weight": ((1000, 128), 1.0)}

    def layer(name, *dims, bias=True):
        tensors[f"{name}.weight"] = (dims, 0.5 / math.sqrt(math.prod(dims[1:])))
        tensors[f"{name}.u0"] = ((1, dims[0]), 1.0)
        tensors[f"{name}.sv0"] = ((1,), 1.0)
        if bias:
            tensors[f"{name}.bias"] = (dims[:1], 0.1)

    def statistics(name, channels):
        tensors[f"{name}.stored_mean"] = ((channels,), "zeros")
        tensors[f"{name}.stored_var"] = ((channels,), "ones")

    layer("linear", 16 * widths[0], chunk)
    for i, (before, after) in enumerate(zip(widths, widths[1:])):
        block = f"blocks.{i}.0"
        layer(f"{block}.conv1", after, before, 3, 3)
        layer(f"{block}.conv2", after, after, 3, 3)
        layer(f"{block}.conv_sc", after, before, 1, 1)
        for norm, channels in (("bn1", before), ("bn2", after)):
            layer(f"{block}.{norm}.gain", channels, condition, bias=False)
            layer(f"{block}.{norm}.bias", channels, condition, bias=False)
            statistics(f"{block}.{norm}", channels)
        if 8 << i == shape.attention:
            attention = f"blocks.{i}.1"
            tensors[f"{attention}.gamma"] = ((), "ones")
            for name, rows, columns in (("theta", 8, 1), ("phi", 8, 1), ("g", 2, 1), ("o", 1, 2)):
                layer(f"{attention}.{name}", after // rows, after // columns, 1, 1, bias=False)
    last = widths[-1]
    tensors["output_layer.0.gain"] = ((last,), "ones")
    tensors["output_layer.0.bias"] = ((last,), "zeros")
    statistics("output_layer.0", last)
    layer("output_layer.2", 3, last, 3, 3)
    return tensors


def deep_tensors(shape):
    ch = shape.channels
    condition = shape.dim_z + 128
    tensors = {"embeddings.weight": ((128, 1000), 1.0)}

    def layer(name, *dims, bias=True):
        columns = math.prod(dims[1:])
        # The stored u and v are used as they are: sigma is the first weight, which is 1.
        tensors[f"{name}.weight_orig"] = (dims, ("first one", 0.5 / math.sqrt(columns)))
        tensors[f"{name}.weight_u"] = ((dims[0],), "first axis")
        tensors[f"{name}.weight_v"] = ((columns,), "first axis")
        if bias:
            tensors[f"{name}.bias"] = (dims[:1], 0.1)

    def statistics(name, channels):
        tensors[f"{name}.running_means"] = ((DEEP_STATISTICS, channels), "zeros")
        tensors[f"{name}.running_vars"] = ((DEEP_STATISTICS, channels), "ones")

    layer("generator.gen_z", 4 * 4 * 16 * ch, condition)
    number = 0
    for i, (_, before, after) in enumerate(DEEP_LAYERS[shape.resolution]):
        if i == DEEP_ATTENTION:
            name = f"generator.layers.{number}"
            number += 1
            width = ch * before
            for part, rows, columns in (("theta", 8, 1), ("phi", 8, 1), ("g", 2, 1), ("o_conv", 1, 2)):
                layer(f"{name}.snconv1x1_{part}", width // rows, width // columns, 1, 1, bias=False)
            tensors[f"{name}.gamma"] = ((1,), "ones")
        name = f"generator.layers.{number}"
        number += 1
        hidden = ch * before // 4
        widths = (ch * before, hidden, hidden, hidden, ch * after)
        for part, kernel in enumerate((1, 3, 3, 1)):
            layer(f"{name}.bn_{part}.scale", widths[part], condition, bias=False)
            layer(f"{name}.bn_{part}.offset", widths[part], condition, bias=False)
            statistics(f"{name}.bn_{part}", widths[part])
            layer(f"{name}.conv_{part}", widths[part + 1], widths[part], kernel, kernel)
    tensors["generator.bn.weight"] = ((ch,), "ones")
    tensors["generator.bn.bias"] = ((ch,), "zeros")
    statistics("generator.bn", ch)
    layer("generator.conv_to_rgb", ch, ch, 3, 3)
    return tensors


# ---- Files ----


@functools.lru_cache
def normal_values():
    source = random.Random(1)
    return [source.gauss(0, 1) for _ in range(65537)]


@functools.lru_cache(maxsize=64)
def scaled(scale):
    return array.array("f", (scale * value for value in normal_values())).tobytes()


def values(count, fill, turn):
    """The bytes of `count` floats. `turn`: where in the random values they begin."""
    one = struct.pack("<f", 1)
    if fill == "zeros":
        return bytes(4 * count)
    if fill == "ones":
        return one * count
    if fill == "first axis":
        return one + bytes(4 * (count - 1))
    if isinstance(fill, tuple):
        return one + values(count, fill[1], turn)[4:]
    pool = scaled(fill)
    start = turn % len(normal_values()) * 4
    return (pool * (count * 4 // len(pool) + 2))[start : start + 4 * count]


def write_safetensors(path, tensors, metadata):
    header, end = {"__metadata__": metadata}, 0
    for name, (dims, _) in tensors.items():
        start, end = end, end + 4 * math.prod(dims)
        header[name] = {"dtype": "F32", "shape": list(dims), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    unfinished = path.with_suffix(".new")  # an interrupted writing starts afresh
    with open(unfinished, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for turn, (dims, fill) in enumerate(tensors.values()):
            file.write(values(math.prod(dims), fill, 9973 * turn))
    unfinished.replace(path)


def write(shape, folder):
    """Writes what users of the reference or of Hugging Face have, if it is not there; returns what to open."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if shape.deep:
        config = {
            "output_dim": shape.resolution,
            "z_dim": shape.dim_z,
            "class_embed_dim": 128,
            "channel_width": shape.channels,
            "num_classes": 1000,
            "layers": DEEP_LAYERS[shape.resolution],
            "attention_layer_position": DEEP_ATTENTION,
            "eps": 1e-4,
            "n_stats": DEEP_STATISTICS,
        }
        (folder / "config.json").write_text(json.dumps(config))
        if not (folder / "model.safetensors").exists():
            write_safetensors(folder / "model.safetensors", deep_tensors(shape), {"format": "pt"})
        return folder
    path = folder / "generator.safetensors"
    if not path.exists():
        write_safetensors(path, biggan_tensors(shape), {"bn_eps": "1e-05", "sn_eps": "1e-06"})
    return path
