"""The networks of Nexto and Necto: one query, the own car, attends to all entities; the same code for numpy and JAX.

    query 32 -> 128 -> 128, key 24 -> 128 -> 128 (ReLU after each)
    blocks (Nexto 2, Necto 1): query + attention(query, keys), then query + MLP(query)
    Nexto: ReLU, 128 -> 32, product with MLP(controls of an action) for each of the 90 actions
    Necto: ReLU, 128 -> 12, logits of throttle 3, steer 3, jump 2, boost 2, handbrake 2

In Nexto's blocks the query and the keys are normalised before the attention, and the query before the MLP.

With a single query, attention need not compute keys and values of 37 entities. For a head with W_q, W_k, W_v
`[32, 128]` and its part of the output's matrix W_o `[128, 32]`, and entities x_j,

    score_j = (W_q q + b_q) . (W_k x_j + b_k) = (W_k^T W_q q + W_k^T b_q) . x_j + what is the same for all j
    output  = W_o sum_j a_j (W_v x_j + b_v)   = W_o W_v sum_j a_j x_j + W_o b_v,  as the a_j sum up to 1

so two products of 128 x 128 for each head, made once, replace those for every entity. Nexto's norms of the keys, whose
scales and shifts are linear, go into the same matrices: the rest of the norm is the same in both blocks. What comes out
is that of the original network to float32's rounding, for a third of the arithmetic.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.arrays import Array, namespace
from jaxrl.nets.layers import activate, dense, normalized

Shape = tuple[int, ...]
Arrays = dict[str, Any]

WIDTH, HEADS, INNER_NEXTO, INNER_NECTO, EMBEDDING = 128, 4, 512, 256, 32
HEAD_WIDTH = WIDTH // HEADS
NORM_EPSILON = 1e-5  # torch.nn.LayerNorm's
NECTO_LOGITS = (3, 3, 2, 2, 2)  # throttle, steer, jump, boost, handbrake
NEXTO_BLOCKS, NECTO_BLOCKS = 2, 1
EARL = "net.earl"  # the name of the part that both have


def nexto_shapes() -> dict[str, Shape]:
    """Name and shape of every tensor that Nexto needs."""
    shapes = _shapes(NEXTO_BLOCKS, INNER_NEXTO)
    for block in range(NEXTO_BLOCKS):
        for norm in ("norm1", "norm2", "norm3"):
            shapes |= {f"{EARL}.blocks.{block}.{norm}.{name}": (WIDTH,) for name in ("weight", "bias")}
    shapes |= _linear("net.output.net.0", ACTION_TABLE.shape[1], EMBEDDING)
    shapes |= _linear("net.output.net.2", EMBEDDING, EMBEDDING) | _linear("net.output.net.4", EMBEDDING, EMBEDDING)
    return shapes | _linear("net.output.emb_convertor", WIDTH, EMBEDDING)


def necto_shapes() -> dict[str, Shape]:
    """Name and shape of every tensor that Necto needs."""
    return _shapes(NECTO_BLOCKS, INNER_NECTO) | _linear("net.output.linear", WIDTH, sum(NECTO_LOGITS))


def _shapes(blocks: int, inner: int) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {}
    for name, inputs in (("query_preprocess", 32), ("key_value_preprocess", 24)):
        shapes |= _linear(f"{EARL}.{name}.0", inputs, WIDTH) | _linear(f"{EARL}.{name}.2", WIDTH, WIDTH)
    for block in (f"{EARL}.blocks.{number}" for number in range(blocks)):
        shapes |= {f"{block}.attention.in_proj_weight": (3 * WIDTH, WIDTH)}
        shapes |= {f"{block}.attention.in_proj_bias": (3 * WIDTH,)}
        shapes |= _linear(f"{block}.attention.out_proj", WIDTH, WIDTH)
        shapes |= _linear(f"{block}.linear1", WIDTH, inner) | _linear(f"{block}.linear2", inner, WIDTH)
    return shapes


def _linear(name: str, inputs: int, outputs: int) -> dict[str, Shape]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def nexto_params(tensors: Mapping[str, np.ndarray]) -> Arrays:
    """The parameters of `nexto_logits` from the archive's tensors."""
    params = _params(tensors, NEXTO_BLOCKS)
    embedded = ACTION_TABLE  # [90, 8] -> [90, 32]: as long as the weights are the same, so is this
    for layer in (0, 2, 4):
        embedded = np.maximum(dense(_layer(tensors, f"net.output.net.{layer}"), embedded), 0)
    wide = tensors["net.output.emb_convertor.weight"].astype(np.float64)
    kernel = wide.T @ embedded.T
    bias = tensors["net.output.emb_convertor.bias"].astype(np.float64) @ embedded.T
    return params | {"output": {"kernel": kernel.astype(np.float32), "bias": bias.astype(np.float32)}}


def necto_params(tensors: Mapping[str, np.ndarray]) -> Arrays:
    """The parameters of `necto_logits` from the archive's tensors."""
    return _params(tensors, NECTO_BLOCKS) | {"output": _layer(tensors, "net.output.linear")}


def nexto_logits(params: Arrays, query: Array, keys: Array) -> Array:
    """Logits `[..., 90]` over the action table, of queries `[..., 32]` and keys `[..., E, 24]`."""
    query, keys = _first_layers(params, query, keys)
    keys = normalized(keys, NORM_EPSILON)
    for block in range(NEXTO_BLOCKS):
        parts = params[f"block_{block}"]
        query = query + _attention(parts, _norm(parts["norm1"], query), keys)
        query = query + _mlp(parts, _norm(parts["norm3"], query))
    return dense(params["output"], activate("relu", query))


def necto_logits(params: Arrays, query: Array, keys: Array) -> Array:
    """Logits `[..., 12]`, those of `NECTO_LOGITS` side by side, of queries `[..., 32]` and keys `[..., E, 24]`."""
    query, keys = _first_layers(params, query, keys)
    for block in range(NECTO_BLOCKS):
        parts = params[f"block_{block}"]
        query = query + _attention(parts, query, keys)
        query = query + _mlp(parts, query)
    return dense(params["output"], activate("relu", query))


def _first_layers(params: Arrays, query: Array, keys: Array) -> tuple[Array, Array]:
    for layer in (0, 1):
        query = activate("relu", dense(params[f"query_{layer}"], query))
        keys = activate("relu", dense(params[f"key_{layer}"], keys))
    return query, keys


def _attention(parts: Arrays, query: Array, entities: Array) -> Array:
    """What the query `[..., 128]` takes from entities `[..., E, 128]`, see the head of this file."""
    xp, lead = namespace(query), query.shape[:-1]
    asked = dense(parts["asks"], query).reshape(*lead, HEADS, WIDTH)
    scores = asked @ xp.swapaxes(entities, -1, -2)  # [..., 4, E]
    weights = xp.exp(scores - scores.max(-1, keepdims=True))
    weights = weights / weights.sum(-1, keepdims=True)
    return dense(parts["takes"], (weights @ entities).reshape(*lead, HEADS * WIDTH))


def _mlp(parts: Arrays, x: Array) -> Array:
    return dense(parts["outer"], activate("relu", dense(parts["inner"], x)))


def _norm(params: Arrays, x: Array) -> Array:
    return normalized(x, NORM_EPSILON) * params["scale"] + params["bias"]


def _params(tensors: Mapping[str, np.ndarray], blocks: int) -> Arrays:
    params = {}
    for layer in (0, 1):
        params[f"query_{layer}"] = _layer(tensors, f"{EARL}.query_preprocess.{2 * layer}")
        params[f"key_{layer}"] = _layer(tensors, f"{EARL}.key_value_preprocess.{2 * layer}")
    for block in range(blocks):
        params[f"block_{block}"] = _block(tensors, f"{EARL}.blocks.{block}")
    return params


def _block(tensors: Mapping[str, np.ndarray], name: str) -> Arrays:
    parts: Arrays = {"inner": _layer(tensors, f"{name}.linear1"), "outer": _layer(tensors, f"{name}.linear2")}
    scale, shift = np.ones(WIDTH), np.zeros(WIDTH)  # of the keys
    if f"{name}.norm1.weight" in tensors:
        for norm in ("norm1", "norm3"):
            parts[norm] = {key: tensors[f"{name}.{norm}.{old}"] for key, old in (("scale", "weight"), ("bias", "bias"))}
        scale, shift = (tensors[f"{name}.norm2.{part}"].astype(np.float64) for part in ("weight", "bias"))
    return parts | _folded(tensors, f"{name}.attention", scale, shift)


def _folded(tensors: Mapping[str, np.ndarray], name: str, scale: np.ndarray, shift: np.ndarray) -> Arrays:
    """The matrices of `_attention`, for entities that are still to be multiplied by `scale` and shifted."""
    weight, bias, out, out_bias = (
        tensors[f"{name}.{part}"].astype(np.float64)
        for part in ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")
    )
    query, key, value = weight.reshape(3, HEADS, HEAD_WIDTH, WIDTH)
    query_bias, _, value_bias = bias.reshape(3, HEADS, HEAD_WIDTH)
    out = out.reshape(WIDTH, HEADS, HEAD_WIDTH)
    key = key * scale / HEAD_WIDTH**0.5
    taken = np.einsum("ohd,hdx->hxo", out, value)  # [4, 128, 128]
    bias = out_bias + np.einsum("ohd,hd->o", out, value_bias) + shift @ taken.sum(0)
    arrays = {
        "asks": (np.einsum("hdq,hdk->qhk", query, key).reshape(WIDTH, -1), np.einsum("hd,hdk->hk", query_bias, key)),
        "takes": ((taken * scale[:, None]).reshape(-1, WIDTH), bias),
    }
    return {
        part: {"kernel": kernel.astype(np.float32), "bias": bias.ravel().astype(np.float32)}
        for part, (kernel, bias) in arrays.items()
    }


def _layer(tensors: Mapping[str, np.ndarray], name: str) -> Arrays:
    return {"kernel": np.ascontiguousarray(tensors[f"{name}.weight"].T), "bias": tensors[f"{name}.bias"]}
