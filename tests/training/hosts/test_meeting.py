"""What hosts tell each other, worked out by hand, and mistakes in an address, each a line."""

import numpy as np
import pytest
from support.cli import assert_one_line

from jaxrl.config.load import load_config
from jaxrl.errors import UserError
from jaxrl.sim.rollout import Collector, Rollout, uniforms_for
from jaxrl.training.device import learning_devices
from jaxrl.training.hosts.join import Address
from jaxrl.training.hosts.meeting import Hosts, digest_number


def rollout(ends):
    """Of three decisions in two arenas; `ends` are (t, n) of ended episodes, t = 3 for a row that is not used."""
    index = np.array(ends, np.int32).reshape(-1, 2)
    states, flags = np.zeros((4, 2, 5), np.float32), np.zeros((3, 2), bool)
    final = np.arange(len(index) * 5, dtype=np.float32).reshape(-1, 5)
    return Rollout(states, np.zeros((3, 2, 2), np.int32), flags, flags, final, index)


def test_arenas_are_counted_over_all_hosts_and_all_have_as_many_ends():
    """The second of three hosts with two arenas each: its arenas are 2 and 3 of six."""
    hosts = Hosts(3, 1, 6)
    assert not hosts.leads
    assert hosts.own_arenas == slice(2, 4)
    found = hosts.numbered(rollout([(0, 1), (3, 0)]), slots=4)
    assert found.final_index[0].tolist() == [0, 3]
    assert found.final_index[1:, 0].tolist() == [3, 3, 3], "outside of the rollout"
    assert found.final_states.shape == (4, 5)
    assert found.final_states[:2].tolist() == rollout([(0, 1), (3, 0)]).final_states.tolist()
    assert found.final_index.dtype == np.int32
    assert hosts.numbered(rollout([(0, 1)]), slots=1).final_index.tolist() == [[0, 3]]


@pytest.mark.parametrize(("slots", "devices", "here"), [(8, 1, 4), (9, 1, 5), (8, 3, 6), (1, 2, 2)])
def test_final_states_of_a_host_are_its_part_and_even_over_its_devices(slots, devices, here):
    assert Hosts(2, 0, 4).slots(slots, devices) == here


def test_the_exit_code_is_that_of_the_signal_that_came_anywhere():
    hosts = Hosts(2, 0, 4)
    assert hosts.exit_code == 0
    hosts.stops = 15
    assert hosts.exit_code == 143


def test_a_digest_is_of_31_bits_and_of_the_text():
    assert 0 <= digest_number("a") < 2**31
    assert digest_number("a") == digest_number("a") != digest_number("b")


class Arenas:
    """Two arenas in one group, in which nothing happens: what is asked for is the dice."""

    num_envs, groups = 2, (slice(0, 2),)

    def reset(self):
        return np.zeros((2, 5), np.float32)

    def send(self, group, actions):
        pass

    def receive(self, group):
        from jaxrl.sim.vec_env import Step

        none = np.zeros(2, bool)
        return Step(self.reset(), none, none, self.reset())


def test_hosts_throw_the_dice_of_their_own_arenas():
    """Those that one process would throw for these arenas: arenas 2 and 3 of six."""
    thrown = []

    def act(states, uniforms):
        thrown.append(uniforms.copy())
        return np.zeros((2, 2), np.int32)

    Collector(Arenas(), 3, 2, 4, seed=7, arenas=(slice(2, 4), 6)).collect(act, 5)
    np.testing.assert_array_equal(np.stack(thrown), uniforms_for(7, 5, (3, 6, 2))[:, 2:4])


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        (Address("here", 2, 0), ("--coordinator here", "HOST:PORT")),
        (Address("here:0", 2, 0), ("--coordinator here:0", "HOST:PORT")),
        (Address("here:70000", 2, 0), ("HOST:PORT",)),
        (Address("here:7000"), ("needs --num-hosts and --host",)),
        (Address("here:7000", 0, 0), ("--num-hosts 0",)),
        (Address("here:7000", 2, 2), ("--host 2", "0 to 1")),
        (Address("here:7000", 2, -1), ("--host -1", "0 to 1")),
    ],
)
def test_a_wrong_address_is_one_line(address, parts):
    with pytest.raises(UserError) as raised:
        address.check()
    assert_one_line(raised.value)
    for part in parts:
        assert part in str(raised.value)


def test_arenas_that_cannot_be_dealt_out_are_one_line():
    config = load_config("final", ["environment.num_envs=4", "training.batch_size=null"])
    with pytest.raises(UserError, match=r"--num-hosts 3 must divide environment\.num_envs 4") as raised:
        learning_devices(config, hosts=3)
    assert_one_line(raised.value)
