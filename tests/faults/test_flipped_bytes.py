"""Bytes of a checkpoint that are flipped anywhere: its damage is named, and no bot plays with wrong weights."""

import os
import random

import numpy as np
import pytest
from support.envs import random_rows
from support.policies import make_ppo, save, trained_state

from jaxrl.bots.policy_files import load_policy
from jaxrl.checkpoints.files import verify_checkpoint
from jaxrl.errors import UserError

FLIPS = int(os.environ.get("FLIPS", "200"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    ppo = make_ppo("relu", False, False, True, 1)
    return save(tmp_path_factory.mktemp("flipped") / "best", ppo, trained_state(ppo))


def flips(folder, names, count):
    """(file, damaged content), one bit of one byte each; the files are as they were afterwards."""
    dice = random.Random(0)
    files = {path: path.read_bytes() for path in sorted(folder.rglob(names)) if path.is_file()}
    files = {path: content for path, content in files.items() if content}
    for _ in range(count):
        path = dice.choice(list(files))
        damaged = bytearray(files[path])
        damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
        path.write_bytes(damaged)
        yield path
        path.write_bytes(files[path])


def test_every_flip_is_found(folder):
    """By the SHA-256 of each file, and that of the description itself."""
    for path in flips(folder, "*", FLIPS):
        with pytest.raises(UserError) as caught:
            verify_checkpoint(folder)
        assert len(str(caught.value).splitlines()) == 1
        assert path.name in str(caught.value)
    verify_checkpoint(folder)


def test_no_flip_changes_what_a_bot_does(folder):
    """load_policy does not need checkpoint.json: it refuses, or plays exactly as before."""
    rows = random_rows(np.random.default_rng(5), (16,), 2)
    uniforms = np.random.default_rng(6).random((16, 2), np.float32)
    original, refused = load_policy(folder), 0
    expected = original.act(rows, uniforms)
    for path in flips(folder, "policy.*", FLIPS):
        try:
            policy = load_policy(folder)
        except UserError:
            refused += 1
            continue
        np.testing.assert_array_equal(policy.act(rows, uniforms), expected, err_msg=str(path))
        assert policy.description == original.description, "nor the game that it plays"
    assert refused > FLIPS / 2
