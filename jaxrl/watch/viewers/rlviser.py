"""A live match in RLViser (by VirxEC), sent over UDP by its own package, rlviser_py."""

import socket

from jaxrl.errors import UserError
from jaxrl.game.field import LARGE_PADS, PAD_PLACES, TICKS_PER_SECOND
from jaxrl.game.state import unpack
from jaxrl.sim.rocketsim2.physics import SOCCAR
from jaxrl.sim.rocketsim2.states import ball_state, car_states, octane
from jaxrl.watch.recording import Recording

OWN_PORT = 34254  # where rlviser_py listens for RLViser's answers

LARGE_PAD_Z, SMALL_PAD_Z = 73.0, 70.0  # uu; RLViser infers the size of a pad from its height


class RLViser:
    """A sender of frames to RLViser, whose package starts it from the current folder unless it already runs.

    Raises UserError if the package is missing or its port is taken.
    """

    def __init__(self) -> None:
        try:
            import rlviser_py
        except ImportError as error:
            install = 'pip install "jaxrl-rocketleague[rlviser]"'
            raise UserError(f"--rlviser needs the package rlviser-py: {install}") from error
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("", OWN_PORT))  # rlviser_py would panic instead
            except OSError as error:
                raise UserError(f"--rlviser: UDP port {OWN_PORT} cannot be used ({error.strerror})") from error
        self._package = rlviser_py
        heights = [LARGE_PAD_Z if k in LARGE_PADS else SMALL_PAD_Z for k in range(len(PAD_PLACES))]
        rlviser_py.set_boost_pad_locations([(*place, z) for place, z in zip(PAD_PLACES, heights, strict=True)])

    def __call__(self, frame: Recording, tick_skip: int) -> None:
        """Send a frame of a match that decides every `tick_skip` ticks."""
        state = unpack(frame.rows[-1])
        cars = [
            (car + 1, int(car >= len(frame.names) // 2), octane(), car_state)
            for car, car_state in enumerate(car_states(state))
        ]
        rate = TICKS_PER_SECOND / tick_skip
        pads = (state.pads > 0).tolist()
        tick = round(float(frame.seconds[-1]) * rate)
        self._package.render(tick, rate, SOCCAR, pads, ball_state(state), cars)
