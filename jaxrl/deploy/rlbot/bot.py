"""Runs this folder's bot in RLBot v5: bot.toml starts it. Needs rlbot and numpy, nothing else."""

import sys
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))  # the jaxrl in this folder, whichever else is installed

from rlbot import flat  # noqa: E402
from rlbot.managers import Bot  # noqa: E402

from jaxrl.bots.policy_files import load_policy  # noqa: E402
from jaxrl.deploy.rlbot.driver import Driver  # noqa: E402
from jaxrl.deploy.rlbot.packet import pad_order  # noqa: E402
from jaxrl.errors import UserError  # noqa: E402


class TrainedBot(Bot):
    """Answers every packet with the controls of the trained policy."""

    def __init__(self, agent_id: str) -> None:
        super().__init__(agent_id)
        self._policy = load_policy(FOLDER)
        self._said = ""

    def initialize(self) -> None:
        """Called by RLBot once car and field are known."""
        self._driver = Driver(self._policy, self.index, pad_order(self.field_info))

    def get_output(self, packet: flat.GamePacket) -> flat.ControllerState:
        """Called by RLBot for every packet, 120 times a second."""
        try:
            controls = self._driver.controls(packet)
        except UserError as error:  # cars that come and go, say
            if str(error) != self._said:
                self._said = str(error)
                self.logger.warning(self._said)
            return flat.ControllerState()
        throttle, steer, pitch, yaw, roll, jump, boost, handbrake = (float(x) for x in controls)
        return flat.ControllerState(
            throttle, steer, pitch, yaw, roll, jump=bool(jump), boost=bool(boost), handbrake=bool(handbrake)
        )


if __name__ == "__main__":
    TrainedBot("{{agent_id}}").run(wants_match_communications=False, wants_ball_predictions=False)
