"""The bot of this folder in RLBot v5, started by bot.toml. Needs only rlbot and numpy."""

import sys
from pathlib import Path

FOLDER = Path(__file__).parent
OBSERVATION = "{{observation}}"  # code of its maker, in this folder, through which it sees; none: ""
SAMPLED = "{{sampled}}"  # True: draws its actions, as in training; False: always the most likely one
sys.path.insert(0, str(FOLDER))  # prefer the jaxrl in this folder to an installed one

from rlbot import flat  # noqa: E402
from rlbot.managers import Bot  # noqa: E402

from jaxrl.bots.policy_files import load_policy  # noqa: E402
from jaxrl.deploy.rlbot.driver import Driver  # noqa: E402
from jaxrl.deploy.rlbot.packet import pad_order  # noqa: E402
from jaxrl.errors import UserError  # noqa: E402
from jaxrl.plugins import allow_code  # noqa: E402


class TrainedBot(Bot):
    """A bot that answers every packet with the controls of the trained policy."""

    def __init__(self, agent_id: str) -> None:
        super().__init__(agent_id)
        if OBSERVATION != "":
            allow_code(OBSERVATION)
        self._policy = load_policy(FOLDER)
        self._warning = ""

    def initialize(self) -> None:
        """Prepare the driver; called by RLBot once car and field are known."""
        self._driver = Driver(self._policy, self.index, pad_order(self.field_info), SAMPLED is True)

    def get_output(self, packet: flat.GamePacket) -> flat.ControllerState:
        """Controls for a packet; called by RLBot 120 times a second."""
        try:
            controls = self._driver.controls(packet)
        except UserError as error:  # for example, players joined or left
            if str(error) != self._warning:
                self._warning = str(error)
                self.logger.warning(self._warning)
            return flat.ControllerState()
        throttle, steer, pitch, yaw, roll, jump, boost, handbrake = (float(x) for x in controls)
        return flat.ControllerState(
            throttle, steer, pitch, yaw, roll, jump=bool(jump), boost=bool(boost), handbrake=bool(handbrake)
        )


if __name__ == "__main__":
    TrainedBot("{{agent_id}}").run(wants_match_communications=False, wants_ball_predictions=False)
