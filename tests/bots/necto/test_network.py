"""The networks of random weights: as attention is written in textbooks, entity by entity, and the same under JAX."""

import jax
import numpy as np
import pytest
from support.archives import entries_of, random_tensors, write_archive

from jaxrl.bots.backend import for_backend
from jaxrl.bots.necto import network
from jaxrl.bots.necto.archive import read_tensors
from jaxrl.game.actions import ACTION_TABLE

NETWORKS = {
    "nexto": (network.nexto_shapes(), network.nexto_params, network.nexto_logits),
    "necto": (network.necto_shapes(), network.necto_params, network.necto_logits),
}
# floats of the originals, less the table of actions and two constants of 8 bytes, which are no weights
PARAMETERS = {"nexto": 444_756 - ACTION_TABLE.size - 4, "necto": 173_968 - 4}


def linear(tensors, name, x):
    return tensors[f"{name}.weight"] @ x + tensors[f"{name}.bias"]


def relu(x):
    return np.maximum(x, 0)


def norm(tensors, name, x):
    deviation = x - x.mean()
    return deviation / np.sqrt((deviation**2).mean() + 1e-5) * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]


def attention(tensors, name, query, entities):
    """Multi-head attention of one vector `[128]` to `[E, 128]`: queries, keys and values of every head, one by one."""
    weight, bias = tensors[f"{name}.in_proj_weight"], tensors[f"{name}.in_proj_bias"]
    heads = []
    for head in range(4):
        q, k, v = (slice(part * 128 + head * 32, part * 128 + head * 32 + 32) for part in range(3))
        own = weight[q] @ query + bias[q]
        keys, values = ([weight[part] @ entity + bias[part] for entity in entities] for part in (k, v))
        scores = np.exp([own @ key / np.sqrt(32) for key in keys])
        heads.append(sum(score * value for score, value in zip(scores / scores.sum(), values, strict=True)))
    return linear(tensors, f"{name}.out_proj", np.concatenate(heads))


def plain(kind, tensors, query, keys):
    """Logits of one car, in float64: query `[32]`, keys `[E, 24]`."""
    for layer in (0, 2):
        query = relu(linear(tensors, f"net.earl.query_preprocess.{layer}", query))
        keys = [relu(linear(tensors, f"net.earl.key_value_preprocess.{layer}", key)) for key in keys]
    for block in (f"net.earl.blocks.{number}" for number in range(2 if kind == "nexto" else 1)):
        asking, entities = query, keys
        if kind == "nexto":
            asking, entities = (
                norm(tensors, f"{block}.norm1", query),
                [norm(tensors, f"{block}.norm2", k) for k in keys],
            )
        query = query + attention(tensors, f"{block}.attention", asking, entities)
        hidden = norm(tensors, f"{block}.norm3", query) if kind == "nexto" else query
        query = query + linear(tensors, f"{block}.linear2", relu(linear(tensors, f"{block}.linear1", hidden)))
    query = relu(query)
    if kind == "necto":
        return linear(tensors, "net.output.linear", query)
    own, logits = linear(tensors, "net.output.emb_convertor", query), []
    for action in ACTION_TABLE.astype(np.float64):
        for layer in (0, 2, 4):
            action = relu(linear(tensors, f"net.output.net.{layer}", action))
        logits.append(action @ own)
    return np.array(logits)


@pytest.fixture(params=NETWORKS)
def kind(request):
    return request.param


@pytest.fixture
def tensors(kind):
    return random_tensors(NETWORKS[kind][0])


def inputs(entities):
    rng = np.random.default_rng(entities)
    lead = (3, 2)
    return (rng.normal(size=(*lead, *shape)).astype(np.float32) for shape in ((32,), (entities, 24)))


@pytest.mark.parametrize("entities", [37, 41])
def test_it_is_the_network_as_it_is_described(kind, tensors, entities):
    _, params, logits = NETWORKS[kind]
    query, keys = inputs(entities)
    found = logits(params(tensors), query, keys)
    assert found.dtype == np.float32
    exact = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}
    expected = np.array([[plain(kind, exact, query[n, c], keys[n, c]) for c in range(2)] for n in range(3)])
    assert expected.std() > 0.3, "a network without preferences would hide mistakes"
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_numpy_and_jax_compute_the_same(kind, tensors):
    _, params, logits = NETWORKS[kind]
    query, keys = inputs(37)
    expected = logits(params(tensors), query, keys)
    found = np.asarray(jax.jit(logits)(for_backend(params(tensors), "jax"), query, keys))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_the_order_of_entities_does_not_matter(kind, tensors):
    _, params, logits = NETWORKS[kind]
    query, keys = inputs(37)
    expected = logits(params(tensors), query, keys)
    found = logits(params(tensors), query, keys[..., np.random.default_rng(0).permutation(37), :])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_every_number_of_the_archive_is_used(kind, tensors, tmp_path):
    """As many as the originals have, and no tensor is without effect."""
    shapes, params, logits = NETWORKS[kind]
    read = read_tensors(write_archive(tmp_path / "a.pt", entries_of(tensors)), shapes)
    assert sum(tensor.size for tensor in read.values()) == PARAMETERS[kind]
    query, keys = inputs(37)
    expected = logits(params(read), query, keys)
    for name, tensor in read.items():
        changed = read | {name: tensor + np.float32(0.1) * np.random.default_rng(1).normal(size=tensor.shape)}
        assert np.abs(logits(params(changed), query, keys) - expected).max() > 1e-4, name
